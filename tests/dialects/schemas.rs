//! Kind A: schemas that strict servers refuse.
