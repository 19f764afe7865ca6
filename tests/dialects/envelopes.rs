//! Kind E: envelopes around an answer.
