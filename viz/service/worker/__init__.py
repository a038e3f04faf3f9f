"""The processes of an engine, whichever TVM that is: fork server, jailed workers, delegates."""
