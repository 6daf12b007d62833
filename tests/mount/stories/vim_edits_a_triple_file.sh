# vim writes a swap file, may write a backup, and rewrites in place or renames, as it is told.
need vim
start
triples 1 500 | sort >expected
edit() { # OPTION...
    vim -u NONE -i NONE -es "$@" </dev/null >vim.out 2>&1 || fail "vim: $(cat vim.out)"
}
sed 's/"42"/"forty-two"/' expected | sort >edited
for copy in yes no auto; do
    for backup in backup nobackup; do
        cp expected "$main/f.nt"
        edit -c "set swapfile backupskip= backupcopy=$copy $backup writebackup" -c '%s/"42"/"forty-two"/' \
            -c 'normal Go<http://e/a> <http://e/b> "new" .' -c 'wq' "$main/f.nt"
        { cat edited; echo '<http://e/a> <http://e/b> "new" .'; } | sort >with_new
        same with_new "$main/f.nt"
        [ $backup = nobackup ] || same expected "$main/f.nt~"
        rm -f "$main/f.nt~"
        is f.nt "$(ls -A "$main")"
    done
done

# What vim writes is broken: it says so, and the file is as before.
fails_with '' vim -u NONE -i NONE -es -c '10s/ \.$//' -c 'w' -c 'q!' "$main/f.nt"
same with_new "$main/f.nt"
contains "$main/.branch/error" 'f.nt: line 10, column'
