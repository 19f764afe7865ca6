//! Kind I: judges that misnumber.
