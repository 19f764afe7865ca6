//! The server: connections with limits, and an end in good order.
//!
//! axum's own server has no limit on the time in which a request's head must
//! arrive, nor on the number of connections, so the loop is ours: hyper with a
//! timer, a bounded number of connections, and a graceful end that waits for
//! what is being answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::router;
use crate::serve::service::Service;

/// Most bytes of a request's head.
const MOST_HEAD: usize = 32 * 1024;

/// Most headers of a request.
const MOST_HEADERS: usize = 64;

/// How long connections may take to close at the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves until `stop`, then drains: new consults are refused, those at work go
/// on for their time, and everything that was promised is written down.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let address: SocketAddr = listener.local_addr()?;
    info!(%address, "listening");
    let app = router::router(service.clone());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(service.limits().head)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(service.limits().connections));
    let accept = async {
        loop {
            // Over the limit, a connection waits in the system's own queue.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, most likely: others must close
                    // theirs first.
                    warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            // Answers are small; waiting to fill a packet would delay them.
            let _ = stream.set_nodelay(true);
            let app = TowerToHyperService::new(app.clone());
            let connection = http.serve_connection(TokioIo::new(stream), app);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // A client that goes away is no event; what it sent is not
                // for a log.
                let _ = connection.await;
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = async { stop.await; info!("draining"); service.drain().await; } => {}
    }
    drop(listener);
    let _ = tokio::time::timeout(PATIENCE, graceful.shutdown()).await;
    info!("stopped");
    Ok(())
}
