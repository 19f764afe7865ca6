//! How much of what models do not know they have in common.

use serde::Serialize;

use super::config::ConfigError;

/// Shares of the latent error variance in common; each contains the one
/// before it. They are also the correlations of two models' latent errors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// Of all models.
    pub rho: f64,
    /// Of models of one family.
    pub rho_family: f64,
    /// Of one model in several seats, or asked again.
    pub rho_self: f64,
}

/// Weights of the four factors of a latent error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weights {
    pub all: f64,
    pub family: f64,
    pub model: f64,
    pub own: f64,
}

/// What a configuration says about them; what it leaves out is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub rho: Option<f64>,
    pub rho_family: Option<f64>,
    pub rho_self: Option<f64>,
}

impl Correlation {
    /// The same share for all, families and single models: nothing but the
    /// request's seed tells one model's seats from those of others.
    pub const fn alike(rho: f64) -> Self {
        Self {
            rho,
            rho_family: rho,
            rho_self: rho,
        }
    }

    pub(super) fn weights(self) -> Weights {
        let root = |variance: f64| variance.max(0.0).sqrt();
        Weights {
            all: root(self.rho),
            family: root(self.rho_family - self.rho),
            model: root(self.rho_self - self.rho_family),
            own: root(1.0 - self.rho_self),
        }
    }

    /// What is left out keeps the value that it has here, moved as little as
    /// what is given requires.
    pub(super) fn with(self, given: Given) -> Result<Self, Vec<ConfigError>> {
        let named = [
            ("rho", given.rho),
            ("rho_family", given.rho_family),
            ("rho_self", given.rho_self),
        ];
        let mut errors = Vec::new();
        for (place, (path, value)) in named.iter().enumerate() {
            let above = named[..place]
                .iter()
                .rev()
                .find(|(_, other)| value.is_some() && *other > *value);
            if let (Some(value), Some((other, Some(limit)))) = (value, above) {
                errors.push(ConfigError {
                    path: (*path).to_owned(),
                    message: format!(
                        "{value} is below `{other}`, {limit}, which it contains; raise it, lower \
                         `{other}`, or leave one of them out"
                    ),
                    suggestion: None,
                });
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let fit = |place: usize, usual: f64| {
            let value = |(_, value): &(&str, Option<f64>)| *value;
            let low = named[..=place].iter().filter_map(value).fold(0.0, f64::max);
            let high = named[place..].iter().filter_map(value).fold(1.0, f64::min);
            usual.max(low).min(high)
        };
        Ok(Self {
            rho: fit(0, self.rho),
            rho_family: fit(1, self.rho_family),
            rho_self: fit(2, self.rho_self),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Correlation = Correlation {
        rho: 0.35,
        rho_family: 0.45,
        rho_self: 0.7,
    };

    fn with(given: [Option<f64>; 3]) -> Result<[f64; 3], Vec<String>> {
        let [rho, rho_family, rho_self] = given;
        let given = Given {
            rho,
            rho_family,
            rho_self,
        };
        match USUAL.with(given) {
            Ok(is) => Ok([is.rho, is.rho_family, is.rho_self]),
            Err(errors) => Err(errors.into_iter().map(|e| e.path).collect()),
        }
    }

    #[test]
    fn what_is_left_out_makes_room() {
        assert_eq!(with([None; 3]), Ok([0.35, 0.45, 0.7]));
        assert_eq!(with([Some(0.5), None, None]), Ok([0.5, 0.5, 0.7]));
        assert_eq!(with([Some(1.0), None, None]), Ok([1.0; 3]));
        assert_eq!(with([Some(0.0), None, None]), Ok([0.0, 0.45, 0.7]));
        assert_eq!(with([None, Some(0.9), None]), Ok([0.35, 0.9, 0.9]));
        assert_eq!(with([None, None, Some(0.4)]), Ok([0.35, 0.4, 0.4]));
        assert_eq!(with([Some(0.1), None, Some(0.2)]), Ok([0.1, 0.2, 0.2]));
    }

    #[test]
    fn what_is_given_must_fit() {
        let error = |path: &str| Err(vec![path.to_owned()]);
        assert_eq!(with([Some(0.5), Some(0.4), None]), error("rho_family"));
        assert_eq!(with([Some(0.5), None, Some(0.4)]), error("rho_self"));
        assert_eq!(with([None, Some(0.5), Some(0.4)]), error("rho_self"));
        assert_eq!(with([Some(0.5); 3]), Ok([0.5; 3]));
    }
}
