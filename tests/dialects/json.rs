//! Kind H: JSON as models write it.
