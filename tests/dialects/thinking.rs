//! Kind C: thinking in the answer.
