start
name() { printf 'x%.0s' $(seq 1 "$1"); }
triples 1 3 | sort >expected
cp expected "$main/$(name 252).nt"
same expected "$main/$(name 252).nt"
fails_with 'File name too long' touch "$main/$(name 256)"
fails_with 'File name too long' mkdir "$main/$(name 256)"
fails_with 'File name too long' mv "$main/$(name 252).nt" "$main/$(name 253).nt"
fails_with 'File name too long' ln -s x "$main/$(name 256)"
touch "$main/$(name 255)"
ln -s x "$main/$(name 254)"
rm "$main"/xxx*

depth=400
path=$main
for i in $(seq 1 $depth); do
    path=$path/d
    mkdir "$path"
done
cp expected "$path/f.nt"
same expected "$path/f.nt"
is "$path/f.nt" "$(find "$main" -name f.nt)"
mkdir "$mnt/other"
same expected "$mnt/other/${path#"$main"/}/f.nt"
remount
same expected "$path/f.nt"
put_failing "$path/f.nt" 'bad text'
is 'bad text' "$(cat "$main/.branch/rejected/${path#"$main"/}/f.nt")"
mv "$main/d/d" "$main/e"
is $((depth - 1)) "$(find "$main/e" -type d | wc -l)"
rm -r "$main/d" "$main/e"
is '' "$(ls -A "$main")"
