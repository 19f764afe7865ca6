//! The binary: everything is in the library.

fn main() -> std::process::ExitCode {
    primum::cli::main()
}
