"""The lead's pages: is work on time, does the promise hold, who differs, what does it cost."""
