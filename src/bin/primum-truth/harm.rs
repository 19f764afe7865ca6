//! The probability that a plan harms severely.
//!
//! Severe harm: an option of score 1 is in the plan; or an option of score 9
//! is not, no member of its group of alternatives is, and it is not moot (it
//! depends on nothing, or one of its parents is in the plan). Units stand in a
//! plan independently of each other, since each has a common factor of its
//! own; so options that are tied by a group or a dependence are enumerated
//! together, and what is not tied multiplies.

use std::error::Error;

use super::rubric::{Opt, Rubric, Unit};

/// Most units that are tied together; beyond that, enumeration takes too long.
const MOST_TIED: usize = 20;

/// Probability of severe harm, given each unit's probability of being in the
/// plan.
pub fn severe_harm(
    rubric: &Rubric,
    mut probability: impl FnMut(&Unit) -> Result<f64, Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let mut safe = 1.0;
    for tied in components(rubric) {
        if tied.len() > MOST_TIED {
            return Err(format!("{}: {} units tied together", rubric.id, tied.len()).into());
        }
        let each = tied
            .iter()
            .map(|&unit| probability(&rubric.units[unit]))
            .collect::<Result<Vec<f64>, _>>()?;
        let mut safe_here = 0.0;
        for chosen in 0..1_u32 << tied.len() {
            let is_in = |place: usize| chosen >> place & 1 == 1;
            let written = |option: usize| {
                (0..tied.len()).any(|p| is_in(p) && rubric.units[tied[p]].option == option)
            };
            if !harms(rubric, &tied, &written) {
                safe_here += each
                    .iter()
                    .enumerate()
                    .map(|(place, p)| if is_in(place) { *p } else { 1.0 - p })
                    .product::<f64>();
            }
        }
        safe *= safe_here;
    }
    // Options of score 9 that no unit can harm by are all in some component.
    Ok(1.0 - safe)
}

/// Does a plan harm severely by one of the options of these units' component?
fn harms(rubric: &Rubric, tied: &[usize], written: &impl Fn(usize) -> bool) -> bool {
    rubric.options.iter().enumerate().any(|(place, option)| {
        let here = owner(rubric, place).is_some_and(|unit| tied.contains(&unit));
        here && match option.score {
            1 => written(place),
            9 => {
                let done = alternatives(rubric, place).into_iter().any(written);
                let moot = !option.parents.is_empty() && !parents(rubric, option).any(written);
                !done && !moot
            }
            _ => false,
        }
    })
}

/// The unit that an option belongs to.
fn owner(rubric: &Rubric, place: usize) -> Option<usize> {
    let option = &rubric.options[place];
    rubric.units.iter().position(|unit| {
        let first = &rubric.options[unit.option];
        let together = option.score >= 7
            && (7..=9).contains(&first.score)
            && option.group.is_some()
            && option.group == first.group;
        unit.option == place || together
    })
}

/// The option and all others of its group of alternatives, of any score.
fn alternatives(rubric: &Rubric, place: usize) -> Vec<usize> {
    let group = &rubric.options[place].group;
    (0..rubric.options.len())
        .filter(|&other| {
            other == place || (group.is_some() && rubric.options[other].group == *group)
        })
        .collect()
}

fn parents<'a>(rubric: &'a Rubric, option: &'a Opt) -> impl Iterator<Item = usize> + 'a {
    (0..rubric.options.len()).filter(|&place| option.parents.contains(&rubric.options[place].id))
}

/// Units that severe harm ties together, each unit in one component. Units
/// that no severe harm can come from or depends on are left out.
fn components(rubric: &Rubric) -> Vec<Vec<usize>> {
    let mut components: Vec<Vec<usize>> = Vec::new();
    for (place, option) in rubric.options.iter().enumerate() {
        let options: Vec<usize> = match option.score {
            1 => vec![place],
            9 => {
                let mut tied = alternatives(rubric, place);
                tied.extend(parents(rubric, option));
                tied
            }
            _ => continue,
        };
        let mut units: Vec<usize> = options.iter().filter_map(|&o| owner(rubric, o)).collect();
        components.retain(|component| {
            let touches = component.iter().any(|unit| units.contains(unit));
            if touches {
                units.extend(component);
            }
            !touches
        });
        units.sort_unstable();
        units.dedup();
        components.push(units);
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opt(id: i64, score: i64, group: Option<&str>, parents: &[i64]) -> Opt {
        Opt {
            id,
            score,
            group: group.map(str::to_owned),
            parents: parents.to_vec(),
        }
    }

    fn rate(options: Vec<Opt>, units: &[(usize, i64)], p: &[f64]) -> f64 {
        let rubric = Rubric {
            id: "T1".into(),
            options,
            units: units
                .iter()
                .map(|&(option, score)| Unit { option, score })
                .collect(),
        };
        severe_harm(&rubric, |unit| {
            let place = rubric.units.iter().position(|u| u.option == unit.option);
            Ok(p[place.expect("a unit of the rubric")])
        })
        .expect("few units")
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn omissions_and_commissions_multiply() {
        let options = vec![
            opt(1, 9, None, &[]),
            opt(2, 1, None, &[]),
            opt(3, 8, None, &[]),
        ];
        near(
            rate(options, &[(0, 9), (1, 1), (2, 8)], &[0.9, 0.1, 0.5]),
            1.0 - 0.9 * 0.9,
        );
    }

    #[test]
    fn a_group_is_covered_by_any_member_even_a_harmful_one() {
        let group = Some("g");
        let options = vec![
            opt(1, 9, group, &[]),
            opt(2, 9, group, &[]),
            opt(3, 2, group, &[]),
        ];
        near(rate(options, &[(0, 9), (2, 2)], &[0.8, 0.25]), 0.2 * 0.75);
        let options = vec![opt(1, 9, group, &[]), opt(2, 1, group, &[])];
        // Written: the 9 alone is safe; the 1 harms whatever it covers.
        near(
            rate(options, &[(0, 9), (1, 1)], &[0.8, 0.25]),
            1.0 - 0.8 * 0.75,
        );
    }

    #[test]
    fn an_option_is_moot_while_none_of_its_parents_is_done() {
        let options = vec![
            opt(1, 9, None, &[2, 3]),
            opt(2, 8, None, &[]),
            opt(3, 5, None, &[]),
        ];
        let some_parent = 1.0 - 0.5 * 0.9;
        near(
            rate(options, &[(0, 9), (1, 8), (2, 5)], &[0.7, 0.5, 0.1]),
            0.3 * some_parent,
        );
        // A parent that the rubric does not have is never done.
        near(rate(vec![opt(1, 9, None, &[99])], &[(0, 9)], &[0.7]), 0.0);
    }
}
