//! Drafts that are not usable: which they are, in any language, and what a panel
//! makes of them.

use primum::clinical::{Outcome, PatientText};
use primum::deliberation::Unusable;
use primum::deliberation::parse::parse_draft;
use primum::deliberation::usable::check;
use primum::gateway::{Message, Role};
use primum::panel::model::DraftChecks;
use proptest::prelude::*;
use serde_json::json;

use crate::fake_openai::{Reply, answer};
use crate::panel_fake::*;

/// A question and a usable answer to it, as clinicians write them.
const LANGUAGES: [(&str, &str, &str); 7] = [
    (
        "English",
        "A 72-year-old woman with atrial fibrillation on warfarin has an INR of 9.2 and no bleeding. \
         She began trimethoprim-sulfamethoxazole for a bladder infection five days ago. What should \
         be done about her anticoagulation today?",
        "The interaction of the antibiotic explains the INR.\n\n1. Hold warfarin today and tomorrow.\n\
         2. Give vitamin K 2.5 mg by mouth once.\n3. Stop trimethoprim-sulfamethoxazole; use \
         nitrofurantoin.\n4. Check INR tomorrow.\n5. Check creatinine tomorrow.\n6. Check hemoglobin \
         tomorrow.",
    ),
    (
        "German",
        "Eine 72-jährige Patientin mit Vorhofflimmern unter Phenprocoumon hat einen INR von 9,2 ohne \
         Blutung. Seit fünf Tagen nimmt sie Cotrimoxazol wegen einer Blasenentzündung. Was ist heute \
         mit der Gerinnungshemmung zu tun?",
        "Die Wechselwirkung mit dem Antibiotikum erklärt den INR.\n\n- Phenprocoumon heute pausieren.\n\
         - Vitamin K 2,5 mg einmalig per os geben.\n- Cotrimoxazol absetzen und durch Nitrofurantoin \
         ersetzen.\n- INR morgen kontrollieren.\n- Kreatinin morgen kontrollieren.",
    ),
    (
        "Spanish",
        "Mujer de 72 años con fibrilación auricular en tratamiento con acenocumarol, INR de 9,2 sin \
         sangrado. Desde hace cinco días toma trimetoprima-sulfametoxazol por una cistitis. ¿Qué hacer \
         hoy con la anticoagulación?",
        "La interacción explica el INR.\n\n1) Suspender acenocumarol hoy.\n2) Dar vitamina K 2,5 mg por \
         vía oral.\n3) Cambiar el antibiótico por fosfomicina.\n4) Repetir INR mañana.",
    ),
    (
        "French",
        "Une femme de 72 ans en fibrillation auriculaire sous warfarine a un INR à 9,2 sans \
         saignement. Elle prend du cotrimoxazole depuis cinq jours pour une cystite. Que faire \
         aujourd'hui de son anticoagulation ?",
        "L'interaction explique l'INR.\n\n1. Arrêter la warfarine aujourd'hui.\n2. Donner 2,5 mg de \
         vitamine K par la bouche.\n3. Remplacer le cotrimoxazole par la fosfomycine.\n4. Contrôler \
         l'INR demain.",
    ),
    (
        "Chinese",
        "72岁女性，房颤，长期服用华法林，INR为9.2，无出血。五天前因膀胱炎开始服用复方磺胺甲噁唑。今天应如何处理\
         她的抗凝治疗？",
        "药物相互作用可解释INR升高。\n\n1. 今天停用华法林。\n2. 口服维生素K 2.5毫克一次。\n3. \
         停用复方磺胺甲噁唑，改用呋喃妥因。\n4. 明天复查INR。\n5. 明天复查肌酐。",
    ),
    (
        "Japanese",
        "72歳女性。心房細動でワルファリンを内服中。INRは9.2で出血はない。5日前から膀胱炎のためST合剤を内服している。\
         本日の抗凝固療法をどうすべきか。",
        "相互作用がINR上昇の原因と考えられる。\n\n1. 本日ワルファリンを休薬する。\n2. ビタミンK 2.5 mgを経口で1回投与する。\n\
         3. ST合剤を中止し他剤へ変更する。\n4. 明日INRを再検する。",
    ),
    (
        "Arabic",
        "امرأة عمرها 72 سنة لديها رجفان أذيني وتتناول الوارفارين، ونسبة INR لديها 9.2 دون نزيف. بدأت \
         تناول كوتريموكسازول قبل خمسة أيام بسبب التهاب المثانة. ماذا نفعل اليوم بشأن مضاد التخثر؟",
        "التداخل الدوائي يفسر ارتفاع INR.\n\n1. إيقاف الوارفارين اليوم.\n2. إعطاء فيتامين K بمقدار 2.5 \
         ملغ عن طريق الفم.\n3. تغيير المضاد الحيوي.\n4. إعادة فحص INR غدا.",
    ),
];

const INSTRUCTIONS: &str = "You are a physician who answers a consult question from a primary care \
    clinician. Say what should be done, what should be stopped and what must not be done, how soon, \
    and who should see the patient. First one or two sentences of clinical assessment. Then numbered \
    recommendations, one action in each, with dose, timing and condition where they matter.";

fn messages(question: &str) -> Vec<Message> {
    let said = |role, content: &str| Message {
        role,
        content: content.into(),
    };
    vec![said(Role::System, INSTRUCTIONS), said(Role::User, question)]
}

fn of(rules: &DraftChecks, text: &str, question: &str) -> Option<Unusable> {
    check(rules, text, question, &messages(question)).err()
}

fn found(text: &str, question: &str) -> Option<Unusable> {
    of(&DraftChecks::DEFAULT, text, question)
}

#[test]
fn a_usable_plan_passes_in_every_language_and_so_does_one_that_restates_the_question() {
    for (language, question, plan) in LANGUAGES {
        assert_eq!(found(plan, question), None, "{language}");
        for restated in [
            format!("{question}\n\n{plan}"),
            format!("{plan}\n\n{question}"),
        ] {
            assert_eq!(found(&restated, question), None, "{language}");
        }
        // All of it twice, as with a summary below.
        assert_eq!(
            found(&format!("{plan}\n\n{plan}"), question),
            None,
            "{language}"
        );
    }
}

#[test]
fn what_is_no_draft_is_known_in_every_language() {
    for (language, question, plan) in LANGUAGES {
        let line = plan.lines().last().unwrap();
        let cases = [
            (question.to_owned(), Unusable::CopiesQuestion),
            (
                format!("{question}\n\n{question}"),
                Unusable::CopiesQuestion,
            ),
            (INSTRUCTIONS.to_owned(), Unusable::CopiesInstructions),
            ([line; 12].join("\n"), Unusable::Repeats),
            ([line; 12].join(" "), Unusable::Repeats),
            ([plan; 8].join("\n"), Unusable::Repeats),
            (
                (1..20).map(|n| format!("{n}. {}\n", &line[3..])).collect(),
                Unusable::Repeats,
            ),
            (
                format!("{plan}<|im_end|>\n<|im_start|>user\n{question}"),
                Unusable::ControlTokens,
            ),
            (
                format!("{plan}\n<end_of_turn>\n<start_of_turn>model\n{plan}"),
                Unusable::ControlTokens,
            ),
            (
                format!("[INST] {question} [/INST] {plan}"),
                Unusable::ControlTokens,
            ),
            (
                format!("<case-{}>\n{question}", "0123456789abcdef".repeat(2)),
                Unusable::OurMarks,
            ),
            (
                format!("{line}{}", "\u{fffd}".repeat(200)),
                Unusable::NoLanguage,
            ),
        ];
        for (text, why) in cases {
            // Chinese and Arabic lines have marks of other widths to cut.
            assert_eq!(found(&text, question), Some(why), "{language}: {text}");
        }
    }
}

#[test]
fn a_text_without_words_is_no_language() {
    let question = LANGUAGES[0].1;
    for text in [
        "",
        " \n ",
        "!!!!!!",
        "||||\n----",
        "\u{1}\u{2}\u{3}\u{4}",
        "1 2 3 4 5 6 7",
    ] {
        let why = found(text, question);
        assert!(
            matches!(why, Some(Unusable::NoLanguage | Unusable::Empty)),
            "{text:?}: {why:?}"
        );
    }
    assert_eq!(
        found("Prednisone 40 mg 1-0-0, 30 mg 1-0-0, 20 mg 1-0-0", question),
        None
    );
}

/// A rule at its limit lets a text pass, and just beyond it does not.
#[test]
fn every_limit_is_a_limit_and_can_be_moved() {
    let question = LANGUAGES[0].1;
    let rules = DraftChecks::DEFAULT;
    // Ten lines of one length, of which the third to n-th repeat the first.
    let text = |same: usize| -> String {
        let other = (0..10 - same).map(|at| format!("Other{at} stands here.\n"));
        let lines = vec!["Check11 stands here.\n".to_owned(); same];
        let other = other.map(|line| line.replace("Other", "Otherx"));
        lines.into_iter().chain(other).collect()
    };
    assert_eq!(
        of(&rules, &text(4), question),
        None,
        "two of ten is the limit"
    );
    assert_eq!(of(&rules, &text(5), question), Some(Unusable::Repeats));
    let at = |share| DraftChecks {
        repeated_lines: share,
        ..rules.clone()
    };
    assert_eq!(of(&at(0.3), &text(5), question), None);
    assert_eq!(
        of(&at(1.0), &text(10), question),
        Some(Unusable::Repeats),
        "by its words"
    );
    let off = DraftChecks {
        repeated_words: 1.0,
        ..at(1.0)
    };
    assert_eq!(of(&off, &text(10), question), None);
    // A copy with so many words of its own.
    let own = |n: usize| {
        let words: Vec<String> = (0..n).map(|at| format!("word{at}")).collect();
        format!("{question}\n{}", words.join(" "))
    };
    assert_eq!(found(&own(4), question), Some(Unusable::CopiesQuestion));
    assert_eq!(found(&own(5), question), None);
    let strict = DraftChecks {
        own_words: 50,
        ..rules.clone()
    };
    assert_eq!(
        of(&strict, &own(5), question),
        Some(Unusable::CopiesQuestion)
    );
    let lax = DraftChecks {
        control_tokens: 1,
        ..rules.clone()
    };
    let one = "1. Stop it.</s> Then more.";
    assert_eq!(found(one, question), Some(Unusable::ControlTokens));
    assert_eq!(of(&lax, one, question), None);
    let no = "I'm sorry, but I can't help with medical advice.";
    assert_eq!(found(no, question), Some(Unusable::Declines));
    let deaf = DraftChecks {
        refusal_words: 0,
        ..rules
    };
    assert_eq!(of(&deaf, no, question), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Items of different words, however many, in any layout, pass whole.
    #[test]
    fn a_plan_of_different_items_is_never_rejected(
        items in prop::collection::vec("[a-z]{3,9}( [a-z]{2,9}){2,14}", 1..20),
        mark in prop::sample::select(vec!["- ", "* ", "1. ", "**2.** ", ""]),
    ) {
        let text: String = items.iter().map(|item| format!("{mark}{item}.\n")).collect();
        prop_assert_eq!(found(&text, LANGUAGES[0].1), None);
    }

    /// No text at all makes the checks fail, and they say the same twice.
    #[test]
    fn any_text_is_answered(text in ".{0,400}", question in ".{0,200}") {
        prop_assert_eq!(found(&text, &question), found(&text, &question));
    }
}

/// An answer that ended at its limit.
fn cut(text: &str) -> Reply {
    let mut body = answer(text);
    body["choices"][0]["finish_reason"] = json!("length");
    Reply::json(200, body)
}

/// What an advisor may send instead of a draft, and the reason that is told.
fn spoiled() -> Vec<(Reply, &'static str)> {
    vec![
        (Reply::says(&draft("ben").repeat(20)), "it repeats itself"),
        (Reply::says(CASE), "it repeats the question"),
        (
            Reply::says(&format!("{}<|im_end|>\n<|im_start|>user\nHi", draft("ben"))),
            "it holds control tokens of a chat template",
        ),
        (
            Reply::says("I'm sorry, but I can't help with medical advice."),
            "it declines to answer",
        ),
        (
            cut("1. Start a low-dose beta"),
            "it was cut before its first recommendation was whole",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoiled_draft_counts_for_nothing_and_is_named() {
    for protocol in SEVERAL {
        for (reply, why) in spoiled() {
            let of_ben = move |request: &_| match (stage(request), who(request)) {
                ("draft", "ben") => reply.clone(),
                _ => good(request),
            };
            let asked = Setup::of(protocol).ask(of_ben).await;
            let told = format!("ben's draft is not usable: {why}");
            assert!(asked.says(&told), "{protocol}: {:?}", asked.reasons());
            assert_ne!(asked.state(), "complete", "{protocol}");
            let unused = &asked.result.ledger.unused;
            assert_eq!(
                (unused[0].agent.as_str(), unused[0].why.as_str()),
                ("ben", why)
            );
            let record = asked.result.stages.iter().find(|s| s.seat == "ben");
            assert_eq!(record.and_then(|s| s.unusable.as_deref()), Some(why));
            // Nobody rests on it, and its advisor is not asked again.
            let items = asked.result.plan.items.iter();
            assert!(items.flat_map(|item| item.backers()).all(|by| by != "ben"));
            for later in ["rating", "debate", "check"] {
                assert!(!asked.asked(later).contains(&"ben"), "{protocol} {later}");
            }
        }
    }
}

/// Two that say the same nonsense must not outvote the third.
#[tokio::test(flavor = "multi_thread")]
async fn one_usable_advisor_is_no_panel_whatever_the_quorum() {
    for protocol in SEVERAL {
        for quorum in ["", "quorum = 1\n"] {
            let asked = Setup::of(protocol)
                .consensus(quorum)
                .ask(|request| match (stage(request), who(request)) {
                    ("draft", "ada" | "ben") => Reply::says(CASE),
                    _ => good(request),
                })
                .await;
            assert_eq!(
                asked.state(),
                "abstained",
                "{protocol}: {:?}",
                asked.reasons()
            );
            assert!(
                asked.says("of 3 advisors gave a usable answer"),
                "{:?}",
                asked.reasons()
            );
            let own = parse_draft(draft("cleo")).items;
            let own: Vec<&str> = own.iter().map(PatientText::expose).collect();
            assert_eq!(
                asked.items(),
                own,
                "the one that is left, marked as what it is"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_usable_draft_there_is_no_answer() {
    for protocol in PROTOCOLS {
        let asked = Setup::of(protocol)
            .ask(|request| match stage(request) {
                "draft" => Reply::says(CASE),
                _ => good(request),
            })
            .await;
        assert_eq!(asked.state(), "failed", "{protocol}");
        assert!(asked.says("ada's draft is not usable: it repeats the question"));
        assert!(matches!(asked.result.outcome, Outcome::Failed { .. }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_draft_loses_its_last_item_and_says_so() {
    let text = "Gout is likely.\n\n1. Send him to the emergency department today.\n2. Start a low-dose \
                beta";
    let asked = Setup::of("vote")
        .ask(move |request| match (stage(request), who(request)) {
            ("draft", "cleo") => cut(text),
            _ => good(request),
        })
        .await;
    assert!(
        asked.says("cleo's draft was cut at its token limit"),
        "{:?}",
        asked.reasons()
    );
    assert!(asked.says("cleo's last item was left out: it is not whole"));
    let unused = &asked.result.ledger.unused[0];
    let item = unused.item.as_ref().map(PatientText::expose);
    assert_eq!(item, Some("Start a low-dose beta"));
    assert!(!asked.items().iter().any(|item| item.contains("beta")));
}

/// A panel may turn the checks off.
#[tokio::test(flavor = "multi_thread")]
async fn the_rules_are_the_panels() {
    let asked = Setup::of("vote")
        .rules("[draft_checks]\nenabled = false\n")
        .ask(|request| match (stage(request), who(request)) {
            ("draft", "ben") => Reply::says(&draft("ben").repeat(20)),
            _ => good(request),
        })
        .await;
    assert!(!asked.says("not usable"), "{:?}", asked.reasons());
}

/// Answers that refer to nothing are failed answers, and not silence.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_refer_to_nothing_are_failed_ones() {
    let nothing = "its answer refers to nothing that it was shown";
    let clusters = json!({"clusters": [{"items": ["A", "B"]}], "opposites": []});
    let asked = Setup::of("vote")
        .ask(move |request| match stage(request) {
            "cluster" => says(&clusters),
            _ => good(request),
        })
        .await;
    assert!(
        asked.says("the drafts were grouped by rules alone"),
        "{:?}",
        asked.reasons()
    );
    assert!(asked.says(nothing));

    let yes =
        json!({"checks": [{"edit": "yes", "verdict": "agree", "severity": null, "reason": ""}]});
    let asked = Setup::of("vote")
        .ask(move |request| match stage(request) {
            "guardian" => says(&edits(&[add("Check the uric acid in four weeks.")])),
            "check" => says(&yes),
            _ => good(request),
        })
        .await;
    assert!(asked.says(nothing), "{:?}", asked.reasons());

    let rated = json!({"ratings": [{"item": "X", "rating": 9, "if_done": "", "if_left_out": ""}]});
    let asked = Setup::of("delphi")
        .ask(move |request| match stage(request) {
            "rating" => says(&rated),
            _ => good(request),
        })
        .await;
    assert_eq!(asked.state(), "abstained");
    assert!(
        asked.says("no advisor rated the candidates"),
        "{:?}",
        asked.reasons()
    );
}
