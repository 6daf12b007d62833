start
triples 1 3 >"$main/f.nt"
echo x >"$main/plain"
fails_with 'Operation not permitted' ln "$main/f.nt" "$main/hard.nt"
fails_with 'Operation not permitted' ln "$main/plain" "$main/hard"
fails_with 'Operation not permitted' mkfifo "$main/fifo"
if [ "$(id -u)" = 0 ]; then
    fails_with 'Operation not permitted' mknod "$main/null" c 1 3
fi
is $'f.nt\nplain' "$(ls -A "$main")"
is '1 1' "$(stat -c %h "$main/f.nt") $(stat -c %h "$main/plain")"
