# Each line of a text as a C string, to be included.
s/[\\"]/\\&/g
s/.*/"&\\n"/
