# What a diagnosis says.

count-lines = { $n ->
    [one] { $n } line
   *[other] { $n } lines
}
