//! Kind F: when to ask again.
