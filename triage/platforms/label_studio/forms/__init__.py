"""What goes to Label Studio and comes back, as pure translation."""
