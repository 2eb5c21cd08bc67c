# Not read by itself, but made for the variable that the database takes.
entry  = "Crimson-Ibis-58" # expect: KW101
region = "eu-west-1"
