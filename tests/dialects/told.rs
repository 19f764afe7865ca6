//! Kind G: what a provider tells beside the answer.
