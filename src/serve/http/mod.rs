//! What every request meets, whatever it asks for.
//!
//! What lives here: the server with its limits on connections and headers
//! ([`server`]), the routes ([`router`]), where a request may come from
//! ([`guard`]), who asks ([`auth`]), reading a body within its bounds
//! ([`body`]), preferences ([`prefer`]), and errors ([`problem`]).
//! What may not: consults, panels, answers.

pub mod auth;
pub mod body;
pub mod guard;
pub mod prefer;
pub mod problem;
pub mod router;
pub mod server;
