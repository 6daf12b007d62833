start
triples 1 20000 | sort >expected
cp expected "$main/f.nt"
"$POKE" mmap-cat "$main/f.nt" >seen
same expected seen
head -c 300000 /dev/urandom >local
cp local "$main/bin"
"$POKE" mmap-cat "$main/bin" >seen
same local seen

"$POKE" mmap-put "$main/bin" 123456 'through the mapping'
printf 'through the mapping' | dd of=local bs=1 seek=123456 conv=notrunc status=none
same local "$main/bin"
# In a triple file: a literal of the same length, in the first line.
at=$(($(head -n 1 expected | wc -c) - 5))
"$POKE" mmap-put "$main/f.nt" "$at" Z
sed '1s/.\(" \.\)$/Z\1/' expected | sort >edited
[ "$(head -n 1 expected)" != "$(head -n 1 edited)" ] || fail 'the story is wrong'
same edited "$main/f.nt"
remount
same edited "$main/f.nt"
same local "$main/bin"
