//! Where labels go in a plot full of points, so that none hides another.
//!
//! Greedy: labels are placed in the order of their weight, each at the nearest
//! of some places around its point that is free. One that finds no place stays
//! away, and the chart lists it below.

/// A rectangle: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    /// Around a point.
    pub fn around(at: (f64, f64), half: (f64, f64)) -> Self {
        Self {
            left: at.0 - half.0,
            top: at.1 - half.1,
            right: at.0 + half.0,
            bottom: at.1 + half.1,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn within(&self, other: &Self) -> bool {
        self.left >= other.left
            && self.right <= other.right
            && self.top >= other.top
            && self.bottom <= other.bottom
    }

    fn centre(&self) -> (f64, f64) {
        (
            (self.left + self.right) / 2.0,
            (self.top + self.bottom) / 2.0,
        )
    }

    /// Whether the line between two points touches the rectangle.
    fn crossed(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        // Liang and Barsky: the part of the line that is inside all four sides.
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let sides = [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ];
        for (p, q) in sides {
            if p.abs() < 1e-9 {
                if q < 0.0 {
                    return false;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
        enter < leave
    }
}

/// A line from point to point.
pub(super) type Line = ((f64, f64), (f64, f64));

/// A label that wants a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// The point it belongs to.
    pub at: (f64, f64),
    /// Size of the text.
    pub size: (f64, f64),
    /// Which come first: the lower number.
    pub weight: usize,
}

/// A label's place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where the text is.
    pub area: Area,
    /// A line from the label to its point, where it is not next to it.
    pub leader: Option<Line>,
}

/// Distances at which places are tried.
const DISTANCES: [f64; 7] = [8.0, 13.0, 20.0, 30.0, 42.0, 56.0, 72.0];

/// Directions in the order of liking: right, left, above, below, and between.
const DIRECTIONS: [(f64, f64); 12] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.8, -0.8),
    (0.8, 0.8),
    (-0.8, -0.8),
    (-0.8, 0.8),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.9, -0.4),
    (0.9, 0.4),
    (-0.9, -0.4),
    (-0.9, 0.4),
];

/// A place for every wish, in the order of the wishes.
///
/// Labels keep off the areas that are `taken`. They keep off the `lines`, too,
/// where that is possible; where not, they stand on them.
pub(super) fn place(
    wishes: &[Wish],
    taken: &[Area],
    lines: &[Line],
    bounds: Area,
) -> Vec<Option<Place>> {
    let mut taken: Vec<Area> = taken.to_vec();
    let mut leaders: Vec<Line> = Vec::new();
    let mut order: Vec<(usize, &Wish)> = wishes.iter().enumerate().collect();
    order.sort_by_key(|(index, wish)| (wish.weight, *index));
    let mut found: Vec<(usize, Option<Place>)> = Vec::new();
    for (index, wish) in order {
        let free = |candidate: &Place| {
            candidate.area.within(&bounds)
                && !taken.iter().any(|area| area.meets(&candidate.area))
                && !leaders
                    .iter()
                    .any(|(from, to)| candidate.area.crossed(*from, *to))
                && candidate.leader.is_none_or(|(from, to)| {
                    !taken
                        .iter()
                        .any(|area| !contains(area, wish.at) && area.crossed(from, to))
                })
        };
        let clear = |candidate: &Place| {
            free(candidate)
                && !lines
                    .iter()
                    .any(|(from, to)| candidate.area.crossed(*from, *to))
        };
        let best = candidates(wish)
            .find(clear)
            .or_else(|| candidates(wish).find(free));
        if let Some(place) = best {
            taken.push(place.area);
            leaders.extend(place.leader);
        }
        found.push((index, best));
    }
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, place)| place).collect()
}

fn contains(area: &Area, at: (f64, f64)) -> bool {
    at.0 >= area.left && at.0 <= area.right && at.1 >= area.top && at.1 <= area.bottom
}

fn candidates(wish: &Wish) -> impl Iterator<Item = Place> {
    let wish = *wish;
    DISTANCES.into_iter().flat_map(move |distance| {
        DIRECTIONS.into_iter().map(move |(dx, dy)| {
            let near = (wish.at.0 + dx * distance, wish.at.1 + dy * distance);
            let half = (wish.size.0 / 2.0, wish.size.1 / 2.0);
            // Sideways the label begins at the place; straight up or down it is
            // centred on it.
            let x = if dx > 0.0 {
                near.0 + half.0
            } else if dx < 0.0 {
                near.0 - half.0
            } else {
                near.0
            };
            let y = near.1 + dy * half.1;
            let area = Area::around((x, y), half);
            let leader = (distance > 10.0).then(|| (edge(&area, wish.at), wish.at));
            Place { area, leader }
        })
    })
}

/// The point of a rectangle's edge that is nearest to a point.
fn edge(area: &Area, at: (f64, f64)) -> (f64, f64) {
    let (_, middle) = area.centre();
    let x = at.0.clamp(area.left, area.right);
    let y = if (area.left..=area.right).contains(&at.0) {
        at.1.clamp(area.top, area.bottom)
    } else {
        middle
    };
    (x, y)
}
