# Every real graph goes through every syntax that can say it, by mv, by cp, and out and in again as
# text: the triples, their number and their canonical form stay what they were. What a syntax cannot
# say is refused.
need zstd getfattr
graphs=$TRIPLEFS_DATA/graphs
[ -r "$graphs/nomisma.nt.zst" ] || skip "no $graphs/nomisma.nt.zst"
start memory=256M
attribute() { # NAME FILE
    getfattr --absolute-names --only-values -n "user.triplefs.$1" "$2"
}
canonical_digest() { # FILE of main
    sha256sum <"$main/.branch/canon/$1" | cut -d ' ' -f 1
}
clean() { # WHAT
    is clean "$(cat "$main/.branch/status")" "the status after $1"
}

# What was read and is written over it changes nothing. (A text that was written to a new name may
# read back in another order: its nodes in brackets got other labels.)
overwrite() { # FILE TEXT
    local digest
    digest=$(attribute sha256 "$main/$1")
    cat "$main/$1" >"$2"
    cat "$2" >"$main/$1"
    is "$digest" "$(attribute sha256 "$main/$1")" "$1, overwritten"
    cmp "$2" "$main/$1"
}
# FILE keeps its set, and what it shows, whatever other names it has had.
through() { # FILE SYNTAX...
    local file=$1 syntax digest triples canon
    shift
    digest=$(attribute sha256 "$main/$file")
    triples=$(attribute triples "$main/$file")
    canon=$(canonical_digest "$file")
    [ "$triples" -gt 1000 ] || fail "$file has $triples triples"
    sha256sum <"$main/$file" >shown
    cp -p "$main/$file" kept
    for syntax; do
        # Another name, and back.
        mv "$main/$file" "$main/moved.$syntax"
        is "$digest" "$(attribute sha256 "$main/moved.$syntax")" "$file, moved to $syntax"
        is "$(stat -c %s "$main/moved.$syntax")" "$(wc -c <"$main/moved.$syntax")" "the size of $file as $syntax"
        mv "$main/moved.$syntax" "$main/$file"
        is "$digest" "$(attribute sha256 "$main/$file")" "$file, moved back"
        sha256sum <"$main/$file" | cmp - shown
        # A copy, which is of the set.
        cp "$main/$file" "$main/copy.$syntax"
        is "$digest" "$(attribute sha256 "$main/copy.$syntax")" "$file, copied to $syntax"
        # As text, out and in again.
        cat "$main/copy.$syntax" >"out.$syntax"
        rm "$main/copy.$syntax"
        cp "out.$syntax" "$main/again.$syntax"
        is "$triples" "$(attribute triples "$main/again.$syntax")" "the triples of $file by way of $syntax"
        is "$canon" "$(canonical_digest "again.$syntax")" "the canonical form of $file by way of $syntax"
        [ "$triples" -gt 200000 ] || overwrite "again.$syntax" "out.$syntax"
        rm "$main/again.$syntax" "out.$syntax"
    done
    cat kept >"$main/$file"
    is "$digest" "$(attribute sha256 "$main/$file")" "$file, overwritten"
    clean "$file"
}
refuses_name() { # FILE NAME REASON
    local digest
    digest=$(attribute sha256 "$main/$1")
    fails_with '' mv "$main/$1" "$main/$2"
    tail -n 1 "$main/.branch/error" >last
    contains last "$3"
    is "$digest" "$(attribute sha256 "$main/$1")" "$1, refused as $2"
    [ ! -e "$main/$2" ] || fail "there is $2"
}

for packed in "$graphs"/*.zst; do
    name=$(basename "$packed" .zst)
    zstd -dcq "$packed" >"$main/$name"
done
echo 'as they came' >"$main/.branch/commit"
clean 'the commit'
for path in "$main"/*; do
    file=${path##*/}
    case $file in
    nomisma.nt)
        is_sanitized || through "$file" nq ttl trig rdf
        ;;
    *.nq)
        through "$file" nq trig
        refuses_name "$file" no.ttl 'graph'
        refuses_name "$file" no.rdf 'graph'
        ;;
    *) through "$file" nt nq ttl trig rdf ;;
    esac
done
