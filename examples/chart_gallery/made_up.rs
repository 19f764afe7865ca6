//! Numbers and arms that nobody measured.

use primum::report::chart::{ArmKind, Caption, Estimate};

/// Made-up numbers that are the same on every run: a linear congruence.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }

    pub fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * self.next()
    }
}

pub fn caption(title: &str, note: &str) -> Caption {
    Caption {
        title: title.to_owned(),
        note: note.to_owned(),
        simulated: "SIMULATED".to_owned(),
    }
}

const ARMS: [(&str, ArmKind); 11] = [
    ("three-vendors", ArmKind::Panel),
    ("panel-no-guardians:three-vendors", ArmKind::Panel),
    ("solo:orchid-large", ArmKind::Member),
    ("solo:basalt-2", ArmKind::Member),
    ("solo:harbour-mini", ArmKind::Member),
    ("solo:quill-reasoner-preview", ArmKind::Member),
    ("best member (leave one out)", ArmKind::Baseline),
    ("mean member", ArmKind::Baseline),
    ("doing nothing", ArmKind::Baseline),
    ("union of the drafts", ArmKind::Baseline),
    ("oracle merge", ArmKind::Baseline),
];
const HEADLINE: [f64; 11] = [
    0.712, 0.689, 0.652, 0.641, 0.558, 0.634, 0.661, 0.621, 0.0, 0.534, 0.871,
];
const SEVERE: [f64; 11] = [
    0.18, 0.21, 0.27, 0.29, 0.41, 0.30, 0.26, 0.32, 0.87, 0.22, 0.04,
];

pub fn arms(count: usize) -> Vec<(String, ArmKind, f64, f64)> {
    let mut random = Numbers(7);
    (0..count)
        .map(|i| match (ARMS.get(i), HEADLINE.get(i), SEVERE.get(i)) {
            (Some((name, kind)), Some(h), Some(s)) if count <= 11 => {
                ((*name).to_owned(), *kind, *h, *s)
            }
            _ => {
                let kind = match i % 10 {
                    0 => ArmKind::Panel,
                    7 => ArmKind::Baseline,
                    _ => ArmKind::Member,
                };
                let name = format!("arm-{i}-{}", ["orchid", "basalt", "quill-large"][i % 3]);
                let severe = random.between(0.1, 0.5);
                (
                    name,
                    kind,
                    0.9 - severe + random.between(-0.05, 0.05),
                    severe,
                )
            }
        })
        .collect()
}

pub fn around(mean: f64, half: f64) -> Option<Estimate> {
    Some(Estimate::new(mean, (mean - half).max(0.0), mean + half))
}
