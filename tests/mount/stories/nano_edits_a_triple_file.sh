# nano in a terminal: types a line at the top, saves, leaves.
need nano tmux
start
triples 1 20 >"$main/f.nt"
socket=$work/tmux
tm() { tmux -S "$socket" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null || true; kill -KILL $(jobs -p) 2>/dev/null || true' EXIT
tm new-session -d -x 100 -y 30 "TERM=screen nano --ignorercfiles '$main/f.nt'; echo \$? >'$work/nano.status'"
shows() { tm capture-pane -p | grep -qF -- "$1"; }
wait_until 20 shows 'example.org/s/1>'
tm send-keys '<http://e/a> <http://e/b> "typed" .' Enter
wait_until 20 shows '"typed"'
tm send-keys C-o
asks_for_a_name() { shows 'File Name to Write' || shows 'Write to File'; } # before nano 8, and since
wait_until 20 asks_for_a_name
tm send-keys Enter
has_typed() { grep -q typed "$main/f.nt"; }
wait_until 20 has_typed
tm send-keys C-x
has_ended() { [ -s nano.status ]; }
wait_until 20 has_ended
tm kill-server 2>/dev/null || true
is 0 "$(cat nano.status)"
{ triples 1 20; echo '<http://e/a> <http://e/b> "typed" .'; } | sort >expected
same expected "$main/f.nt"
