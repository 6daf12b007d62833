need_root
need setpriv
start
fails_with 'Permission denied' setpriv --reuid=65534 --regid=65534 --clear-groups ls "$mnt"
