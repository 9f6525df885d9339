"""The dock panels: they show the session and call the explorer's actions; they compute nothing."""
