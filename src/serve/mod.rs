//! The consult service: the same panel that was benchmarked, over HTTP.
