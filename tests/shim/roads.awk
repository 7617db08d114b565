# roads.list as STATE NAME FIRST LAST, one row a line; the last is 9999.0 where there is none yet.
/^= / { state = $2; sub(/:$/, "", state) }
/^miopen/ {
    count = split($2, range, "-")
    print state, $1, range[1], (count > 1 ? range[2] : "9999.0")
}
