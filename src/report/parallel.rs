//! Many independent results side by side.

pub use crate::stats::parallel::parallel_map;
