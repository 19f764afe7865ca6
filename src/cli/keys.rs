//! Providers' keys: read once from the environment, never kept elsewhere.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::panel::model::Provider;

use super::Failure;

/// Keys by the name of their variable. All missing ones are named at once.
pub fn collect<'a>(
    providers: impl IntoIterator<Item = &'a Provider>,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    let mut keys = BTreeMap::new();
    let mut missing = Vec::new();
    let needed = providers
        .into_iter()
        .flat_map(|provider| provider.variables().map(move |name| (provider, name)));
    for (provider, variable) in needed {
        match std::env::var(variable) {
            Ok(key) if !key.trim().is_empty() => {
                keys.insert(
                    variable.to_owned(),
                    SecretString::from(key.trim().to_owned()),
                );
            }
            _ => missing.push(format!(
                "provider \"{}\" needs its key in the environment variable {variable}, which is \
                 not set: export {variable}=…",
                provider.name
            )),
        }
    }
    if missing.is_empty() {
        Ok(keys)
    } else {
        missing.dedup();
        Err(Failure::usage(missing.join("\n")))
    }
}
