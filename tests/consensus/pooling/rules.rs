//! What the rules make of clinicians' words.

use primum::clinical::Category;
use primum::deliberation::pooling::{Action, ActionKind, depends_on, opposite, same};

fn read(text: &str) -> Action {
    Action::read(text)
}

#[test]
fn one_action_in_other_words() {
    for (a, b) in [
        (
            "**Start colchicine 0.6 mg PO BID** – low dose because of CKD",
            "Colchicine 0.6 mg twice daily",
        ),
        ("Stop HCTZ", "Discontinue the thiazide diuretic"),
        (
            "Obtain CBC, CMP and uric acid",
            "Order uric acid, complete blood count, comprehensive metabolic panel",
        ),
        (
            "Start apixaban 5 mg BID",
            "Begin Eliquis 5 mg PO twice a day",
        ),
        ("Give 1 g of ceftriaxone", "Ceftriaxone 1,000 mg IM"),
        (
            "Refer urgently to nephrology (within 1 week) if eGFR falls further",
            "If eGFR falls further: urgent nephrology referral within 7 days",
        ),
        (
            "Recheck BMP in 4 weeks",
            "Repeat basic metabolic panel in one month",
        ),
        ("Do not order an MRI", "MRI is not indicated"),
        ("Avoid NSAIDs given CKD", "No NSAIDs."),
        (
            "STOP lamotrigine now and never restart",
            "Stop lamotrigine immediately; do not rechallenge",
        ),
    ] {
        assert!(same(&read(a), &read(b)), "{a} / {b}");
        assert!(!opposite(&read(a), &read(b)), "{a} / {b}");
    }
}

#[test]
fn near_misses_are_not_the_same() {
    for (a, b) in [
        (
            "Start prednisone 40 mg daily",
            "Start prednisone 20 mg daily",
        ),
        ("Metoprolol 25 mg daily", "Metoprolol 25 mg BID"),
        ("Repeat CBC in 24 hours", "Repeat CBC in one week"),
        ("Repeat CBC in 24 hrs", "Repeat CBC in 2 wks"),
        ("Check TSH now", "Check TSH in 6 weeks"),
        (
            "Refer urgently to cardiology",
            "Routine cardiology referral",
        ),
        ("Hold warfarin", "Hold warfarin; recheck INR in 24 hours"),
        ("Obtain CBC, CMP and uric acid", "Obtain CBC and CMP"),
        ("Biopsy if it grows", "Biopsy"),
        ("MRI brain", "MRI lumbar spine"),
        ("CT chest", "CT abdomen"),
        ("Start lisinopril 10 mg", "Start losartan 50 mg"),
        ("Keep INR 2-3", "Keep INR 2.5–3.5"),
        ("Levetiracetam 500 BID", "Levetiracetam 1,000 mg BID"),
        ("Oral vancomycin", "IV vancomycin"),
        ("Aspirate the left knee", "Aspirate the right knee"),
        ("CT head with contrast", "CT head without contrast"),
        (
            "Start aspirin 81 mg",
            "Start aspirin 81 mg and clopidogrel 75 mg",
        ),
        ("Start a thiazide", "Start chlorthalidone 25 mg"),
        ("Give vitamin K if INR > 10", "Give vitamin K if INR < 10"),
        ("Hold atorvastatin", "Stop atorvastatin permanently"),
        (
            "Doxycycline 100 mg BID for 7 days",
            "Doxycycline 100 mg BID for 21 days",
        ),
        ("Transfuse unless he bleeds", "Transfuse if he bleeds"),
    ] {
        assert!(!same(&read(a), &read(b)), "{a} / {b}");
    }
}

#[test]
fn contrary_advice() {
    for (a, b) in [
        ("Start allopurinol 100 mg", "Do not start allopurinol"),
        ("Start apixaban", "Stop Eliquis"),
        ("Continue lisinopril", "Hold lisinopril"),
        ("Refer to neurology", "No need to refer to neurology"),
        ("Increase furosemide", "Reduce furosemide"),
        ("Avoid NSAIDs", "Start ibuprofen 400 mg TID"),
        ("Order a brain MRI", "MRI brain is not indicated"),
        (
            "Restart allopurinol 100 mg daily",
            "Do not restart allopurinol until the flare resolves",
        ),
        (
            "Do not delay antibiotics",
            "Delay antibiotics until cultures are back",
        ),
    ] {
        assert!(opposite(&read(a), &read(b)), "{a} / {b}");
        assert!(!same(&read(a), &read(b)), "{a} / {b}");
    }
}

#[test]
fn no_contradiction() {
    for (a, b) in [
        (
            "Do not restart allopurinol until the flare resolves",
            "Restart allopurinol once the flare resolves",
        ),
        (
            "Start semaglutide 0.25 mg weekly",
            "Stop semaglutide if pancreatitis occurs",
        ),
        ("Start atorvastatin 40 mg", "Do not use atorvastatin 80 mg"),
        (
            "Oral amoxicillin 500 mg TID",
            "IV antibiotics are not needed",
        ),
        (
            "Hold warfarin; restart it when INR is <3",
            "Restart warfarin once INR <3",
        ),
        ("CT of the chest", "No CT of the head"),
        ("Stop ibuprofen", "Avoid NSAIDs"),
    ] {
        assert!(!opposite(&read(a), &read(b)), "{a} / {b}");
    }
}

#[test]
fn prerequisites_are_seen() {
    for (item, earlier) in [
        (
            "Start allopurinol after HLA-B*5801 testing",
            "Test HLA-B*5801",
        ),
        (
            "Start spironolactone once potassium is below 5",
            "Check potassium",
        ),
        (
            "Give primaquine 30 mg daily",
            "Check G6PD before primaquine",
        ),
        (
            "Do not start steroids until the biopsy is done",
            "Perform a skin biopsy",
        ),
        (
            "Refer to surgery if the CT shows a mass",
            "CT abdomen today",
        ),
    ] {
        assert!(
            depends_on(&read(item), &read(earlier)),
            "{item} / {earlier}"
        );
    }
    for (item, other) in [
        ("Start allopurinol after HLA-B*5801 testing", "Check TSH"),
        ("Start metformin", "Check creatinine"),
        (
            "Start allopurinol after HLA-B*5801 testing",
            "Do not test HLA-B*5801",
        ),
    ] {
        assert!(!depends_on(&read(item), &read(other)), "{item} / {other}");
    }
}

#[test]
fn kinds_categories_and_mentions() {
    use ActionKind::{
        Advise, Avoid, Change, Continue, Monitor, Other, Procedure, Refer, Start, Stop, Test,
    };
    for (text, kind, category) in [
        (
            "Start colchicine 0.6 mg PO BID",
            Start,
            Some(Category::Medication),
        ),
        (
            "Colchicine 0.6 mg PO BID",
            Start,
            Some(Category::Medication),
        ),
        ("D/C glipizide", Stop, Some(Category::Medication)),
        ("Do not stop aspirin", Continue, Some(Category::Medication)),
        (
            "Increase lisinopril to 20 mg",
            Change,
            Some(Category::Medication),
        ),
        ("Do not order an MRI", Avoid, Some(Category::Diagnostic)),
        ("Obtain CBC", Test, Some(Category::Diagnostic)),
        ("Repeat BMP in 1 week", Monitor, Some(Category::Diagnostic)),
        ("Urgent GI referral", Refer, Some(Category::FollowUp)),
        (
            "Excisional biopsy with narrow margins",
            Procedure,
            Some(Category::Procedure),
        ),
        (
            "Counsel on sun protection",
            Advise,
            Some(Category::Counseling),
        ),
        ("Hm", Other, None),
        ("", Other, None),
    ] {
        let action = read(text);
        assert_eq!(
            (action.kind(), action.category()),
            (kind, category),
            "{text}"
        );
    }
    let stop = read("Stop Advil; send to the ED today");
    assert!(stop.is_urgent());
    assert!(!read("Refer to GI in 6 weeks").is_urgent());
    for word in [
        "ibuprofen",
        "Motrin",
        "NSAIDs",
        "emergency department",
        "stop",
    ] {
        assert!(stop.mentions(word), "{word}");
    }
    for word in ["naproxen", "statin", "", "aspirin"] {
        assert!(!stop.mentions(word), "{word}");
    }
    assert!(stop.object().any(|word| word == "ibuprofen"));
    assert!(!format!("{stop:?}").contains("ibuprofen"));
}
