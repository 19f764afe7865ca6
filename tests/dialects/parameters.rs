//! Kind B: parameters that a server refuses, and the provider's own words.
