//! Keys of the service and the audit store: who may do what, and what is kept of
//! it.

mod audit;
mod audit_command;
mod keys_command;
mod service_keys;
