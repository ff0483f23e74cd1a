# Frames of the help and complaints about the command line. The help's own words stand at the arguments.

help-usage = Usage:
help-commands = Commands
help-arguments = Arguments
help-options = Options
help-word-options = [OPTIONS]
help-word-command = COMMAND
help-default = [default: { $value }]
help-values = [possible values: { $values }]
help-values-heading = Possible values:
help-wrong-missing = missing: { $what }
help-wrong-missing-command = a command is needed
help-wrong-unknown = { $what } is not known here
help-wrong-command = there is no command { $what }
help-wrong-value = the value { $value } does not suit { $what }
help-wrong-value-because = the value { $value } does not suit { $what }: { $reason }
help-wrong-no-value = { $what } needs a value
help-wrong-conflict = { $what } cannot be used with { $other }
help-wrong-many = { $what } is given more often than it can be
# Reasons why a value does not suit.
help-wrong-time = { $text } is no length of time; write it like 5s or 500ms
help-wrong-time-range = must be more than nothing and at most ten minutes
help-wrong-number = it is no whole number
help-wrong-range = it has to be within { $range }
help-wrong-address = it is no address with a port; write it like 127.0.0.1:8502
help-wrong-hint = For more: --help
help-wrong-perhaps = perhaps you meant { $what }
