//! Lines of files, worked on by all cores and handed over in their order.
//!
//! One thread reads blocks of whole lines, the others work on them, and the
//! caller's gets the results. Both queues are short, so memory does not grow
//! with the files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Bytes of a block, as soon as its last line is whole.
const BLOCK: usize = 256 * 1024;

/// A line with its place.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Which of the files.
    pub file: usize,
    /// From 1.
    pub number: usize,
    /// Without its end; `None` where it is no UTF-8.
    pub text: Option<&'a str>,
}

/// Why the lines ended early.
#[derive(Debug)]
pub enum Stopped<E> {
    /// A file could not be read on.
    Read(usize, io::Error),
    /// Whoever took the results had enough.
    Sink(E),
}

/// Results of a block, by file and line, with the block's turn.
type Worked<T> = (usize, Vec<(usize, usize, T)>);

struct Block {
    file: usize,
    first: usize,
    bytes: Vec<u8>,
}

/// Works on every line of the files that holds anything, and hands the results
/// over in the order of the lines.
///
/// # Errors
/// A file that cannot be read, or what the sink gives.
pub fn each_line<T: Send, E: Send>(
    files: &[&Path],
    work: impl Fn(Line<'_>) -> T + Sync,
    mut sink: impl FnMut(usize, usize, T) -> Result<(), E>,
) -> Result<(), Stopped<E>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (blocks, todo) = sync_channel::<(usize, Block)>(2 * workers);
    let (results, done) = sync_channel(2 * workers);
    // Only the workers hold it: when they are gone, the reader ends as well.
    let todo = Arc::new(Mutex::new(todo));
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(files, &blocks));
        for _ in 0..workers {
            let (results, todo, work) = (results.clone(), Arc::clone(&todo), &work);
            scope.spawn(move || work_on(&todo, &results, work));
        }
        drop((results, todo));
        let handed_over = in_order(done, &mut sink);
        let read = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        handed_over.map_err(Stopped::Sink)?;
        read.map_err(|(file, error)| Stopped::Read(file, error))
    })
}

/// Ends early, and quietly, when nobody takes blocks any more.
fn read(files: &[&Path], blocks: &SyncSender<(usize, Block)>) -> Result<(), (usize, io::Error)> {
    let mut turn = 0;
    for (file, path) in files.iter().enumerate() {
        let failed = |error| (file, error);
        let mut source = BufReader::with_capacity(BLOCK, File::open(path).map_err(failed)?);
        let mut next = 1;
        loop {
            let mut bytes = Vec::with_capacity(BLOCK + BLOCK / 4);
            let first = next;
            while bytes.len() < BLOCK && source.read_until(b'\n', &mut bytes).map_err(failed)? > 0 {
                next += 1;
            }
            if bytes.is_empty() {
                break;
            }
            let block = Block { file, first, bytes };
            if blocks.send((turn, block)).is_err() {
                return Ok(());
            }
            turn += 1;
        }
    }
    Ok(())
}

fn work_on<T>(
    todo: &Mutex<Receiver<(usize, Block)>>,
    results: &SyncSender<Worked<T>>,
    work: &(impl Fn(Line<'_>) -> T + Sync),
) {
    loop {
        let next = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((turn, block)) = next else {
            return;
        };
        let found = lines(&block)
            .map(|line| (line.file, line.number, work(line)))
            .collect();
        if results.send((turn, found)).is_err() {
            return;
        }
    }
}

fn lines(block: &Block) -> impl Iterator<Item = Line<'_>> {
    block
        .bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(place, bytes)| {
            let mut text = std::str::from_utf8(bytes).ok();
            if block.first + place == 1 {
                text = text.map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
            }
            Line {
                file: block.file,
                number: block.first + place,
                text: text.map(|text| text.strip_suffix('\r').unwrap_or(text)),
            }
        })
        .filter(|line| line.text.is_none_or(|text| !text.trim().is_empty()))
}

fn in_order<T, E>(
    done: Receiver<Worked<T>>,
    sink: &mut impl FnMut(usize, usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting = BTreeMap::new();
    let mut turn = 0;
    for (number, found) in done {
        waiting.insert(number, found);
        while let Some(found) = waiting.remove(&turn) {
            for (file, line, value) in found {
                sink(file, line, value)?;
            }
            turn += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_in_their_order_with_their_numbers() {
        let dir = tempfile::tempdir().expect("a folder");
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        let many: String = (0..50_000)
            .map(|n| format!("{n} {}\n", "x".repeat(n % 40)))
            .collect();
        std::fs::write(&one, &many).expect("written");
        std::fs::write(&two, "\u{feff}a\r\n\n  \nb").expect("written");
        let mut found = Vec::new();
        let sink = |file, line, text| {
            found.push((file, line, text));
            Ok::<(), ()>(())
        };
        each_line(
            &[&one, &two],
            |line| line.text.map(str::to_owned).expect("UTF-8"),
            sink,
        )
        .expect("read");
        assert_eq!(found.len(), 50_002);
        for (n, (file, line, text)) in found.iter().take(50_000).enumerate() {
            assert_eq!((*file, *line), (0, n + 1));
            assert!(text.starts_with(&format!("{n} ")));
        }
        assert_eq!(found[50_000], (1, 1, "a".to_owned()));
        assert_eq!(found[50_001], (1, 4, "b".to_owned()));
    }

    #[test]
    fn a_sink_that_has_enough_ends_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("file");
        std::fs::write(&path, "line\n".repeat(1_000_000)).expect("written");
        let ended = each_line(&[&path], |_| (), |_, _, ()| Err("enough"));
        assert!(matches!(ended, Err(Stopped::Sink("enough"))));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let ended = each_line(&[Path::new("nowhere")], |_| (), |_, _, ()| Ok::<(), ()>(()));
        assert!(matches!(ended, Err(Stopped::Read(0, _))));
    }
}
