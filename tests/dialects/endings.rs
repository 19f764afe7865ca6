//! Kind D: how an answer ended.
