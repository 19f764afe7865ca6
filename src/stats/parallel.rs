//! Many independent results side by side. What comes out does not depend on
//! how many threads there are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// `f(0)`, `f(1)`, … `f(n - 1)` in order, computed on all cores. A panic of
/// `f` goes on in the caller.
pub fn parallel_map<T: Send>(n: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= n {
                return done;
            }
            done.push((i, f(i)));
        }
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(n);
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started
            .into_iter()
            .flat_map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    all.sort_unstable_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::parallel_map;

    #[test]
    fn results_come_in_order() {
        let squares: Vec<usize> = (0..100).map(|i| i * i).collect();
        assert_eq!(parallel_map(100, |i| i * i), squares);
        assert!(parallel_map(0, |i| i).is_empty());
    }
}
