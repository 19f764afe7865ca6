//! What holds for any text and any answer.

use primum::deliberation::pooling::{
    Action, Candidate, Cluster, Clusters, Drafted, Opposites, Pool, by_rule, depends_on, opposite,
    same, with_clusters,
};
use proptest::prelude::*;

use super::{drafted, drafts_of, members, opposes};

fn read(text: &str) -> Action {
    Action::read(text)
}

/// Pieces of clinicians' sentences, put together in any order.
fn sentence() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "start",
        "stop",
        "do not",
        "hold",
        "continue",
        "avoid",
        "no",
        "increase",
        "reduce",
        "switch",
        "refer to",
        "order",
        "repeat",
        "wait for",
        "not needed",
        "aspirin",
        "colchicine",
        "NSAIDs",
        "ibuprofen",
        "prednisone",
        "CBC",
        "MRI brain",
        "cardiology",
        "biopsy",
        "ED",
        "5 mg",
        "10 mg",
        "160/4.5 mcg",
        "BID",
        "daily",
        "in 1 week",
        "in 6 weeks",
        "for 7 days",
        "urgently",
        "routine",
        "today",
        "if",
        "unless",
        "until",
        "only if",
        "after",
        "before",
        "potassium > 5",
        "fever",
        ",",
        ";",
        ".",
        ":",
        " - ",
        "(",
        ")",
        "and",
        "because",
        "for",
        "temporarily",
        "permanently",
        "foo",
        "bar",
    ]);
    prop::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.join(" "))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![8 => sentence(), 1 => any::<String>(), 1 => "[ -~≤–µ×]{0,60}"]
}

fn answer() -> impl Strategy<Value = Clusters> {
    let reference = || prop_oneof![9 => (0_usize..24).prop_map(|i| i.to_string()), 1 => ".{0,3}"];
    let cluster = prop::collection::vec(reference(), 0..12).prop_map(|items| Cluster { items });
    let pair = (reference(), reference()).prop_map(|(a, b)| Opposites { a, b });
    (
        prop::collection::vec(cluster, 0..6),
        prop::collection::vec(pair, 0..4),
    )
        .prop_map(|(clusters, opposites)| Clusters {
            clusters,
            opposites,
        })
}

fn holds(items: &[Drafted], pool: &Pool) {
    let mut all: Vec<usize> = pool
        .candidates
        .iter()
        .flat_map(|c| c.members.clone())
        .collect();
    let firsts: Vec<usize> = pool.candidates.iter().map(|c| c.members[0]).collect();
    assert!(firsts.is_sorted());
    all.sort_unstable();
    assert!(
        all.iter().copied().eq(0..items.len()),
        "each item exactly once"
    );
    for (index, candidate) in pool.candidates.iter().enumerate() {
        assert!(candidate.members.is_sorted());
        assert!(candidate.opposes.is_sorted());
        for other in &candidate.opposes {
            assert_ne!(*other, index);
            assert!(pool.candidates[*other].opposes.contains(&index));
        }
        assert!(
            candidate
                .members
                .iter()
                .any(|m| items[*m].text == candidate.text)
        );
        for (a, x) in actions(items, candidate) {
            for (b, y) in actions(items, candidate) {
                assert!(!opposite(&x, &y), "contrary items in one candidate");
                let one_draft = items[a].from.agent == items[b].from.agent;
                assert!(!one_draft || same(&x, &y), "two actions of one draft");
            }
        }
    }
}

fn actions(items: &[Drafted], candidate: &Candidate) -> Vec<(usize, Action)> {
    let action = |m: &usize| (*m, read(items[*m].text.expose()));
    candidate.members.iter().map(action).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_items_and_any_answer_keep_the_rules(
        texts in prop::collection::vec(text(), 0..22),
        length in 1_usize..8,
        answer in answer(),
    ) {
        let items = drafts_of(length, &texts);
        let alone = by_rule(&items);
        holds(&items, &alone);
        let resolve = |r: &str| r.parse::<usize>().ok();
        let pool = with_clusters(&items, answer.clone(), resolve);
        holds(&items, &pool);
        let again = with_clusters(&items, answer.clone(), resolve);
        prop_assert_eq!(members(&pool), members(&again));
        prop_assert_eq!(opposes(&pool), opposes(&again));
        // An opposition that the model names is marked, unless the words are
        // the same.
        for pair in &answer.opposites {
            let (Some(a), Some(b)) = (resolve(&pair.a), resolve(&pair.b)) else { continue };
            if a >= items.len() || b >= items.len() || texts[a].trim() == texts[b].trim() {
                continue;
            }
            let of = |item: usize| pool.candidates.iter().position(|c| c.members.contains(&item)).unwrap();
            let (ca, cb) = (of(a), of(b));
            let same_words = ca == cb && same(&read(&texts[a]), &read(&texts[b]));
            prop_assert!(same_words || pool.candidates[ca].opposes.contains(&cb));
        }
    }

    #[test]
    fn both_ways_round_is_the_same(a in text(), b in text()) {
        let (x, y) = (read(&a), read(&b));
        prop_assert!(same(&x, &x));
        prop_assert!(!opposite(&x, &x));
        prop_assert_eq!(same(&x, &y), same(&y, &x));
        prop_assert_eq!(opposite(&x, &y), opposite(&y, &x));
        prop_assert!(!(same(&x, &y) && opposite(&x, &y)));
        let _ = (depends_on(&x, &y), x.category(), x.is_urgent(), x.mentions(&b), x.object().count());
    }

    /// Whatever the model says, items that state different doses, times or
    /// contradictory conditions stay apart.
    #[test]
    fn different_terms_never_share_a_candidate(
        terms in prop::collection::vec((1_u32..4, 0_usize..3, 0_usize..3), 2..12),
        answer in answer(),
    ) {
        let when = ["in 1 week", "in 6 weeks", ""];
        let condition = ["if potassium is above 5", "if potassium is below 5", "unless potassium is above 5"];
        let text = |(dose, time, gate): &(u32, usize, usize)| {
            format!("Start colchicine {} mg daily {} {}", dose * 10, when[*time], condition[*gate])
        };
        let items = drafted(&terms.iter().map(text).collect::<Vec<_>>());
        let pool = with_clusters(&items, answer, |r| r.parse().ok());
        for candidate in &pool.candidates {
            let of = |m: &usize| terms[*m];
            let first = of(&candidate.members[0]);
            for (dose, _, gate) in candidate.members.iter().map(of) {
                prop_assert_eq!((dose, gate), (first.0, first.2));
            }
            let said = candidate.members.iter().map(of).filter(|t| t.1 < 2);
            let mut times: Vec<usize> = said.map(|t| t.1).collect();
            times.dedup();
            prop_assert!(times.len() < 2);
        }
    }
}
