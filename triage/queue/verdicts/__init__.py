"""Takes what experts say, whichever way it comes, and shows what the machine said."""
