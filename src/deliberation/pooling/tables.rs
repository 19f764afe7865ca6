//! What the rules know of clinicians' words. Small on purpose: a synonym that
//! is wrong hides an item, one that is missing only leaves two candidates.
//!
//! An entry is `canonical: form, form, …`; the canonical form is one too.

/// Drugs by their generic names, with brands and abbreviations.
pub(super) const DRUGS: &str = "
acetaminophen: paracetamol, tylenol; albuterol: salbutamol, ventolin, proair; allopurinol: zyloprim;
amiodarone; amitriptyline; amlodipine: norvasc; amoxicillin; amoxicillin clavulanate: augmentin, amoxicillin-clavulanic acid, co-amoxiclav;
apixaban: eliquis; aspirin: asa, acetylsalicylic acid; atenolol; atorvastatin: lipitor; azathioprine: imuran; azithromycin: zithromax, z-pak;
budesonide formoterol: symbicort; bupropion: wellbutrin; calcium supplement: calcium supplementation; carvedilol: coreg; cefazolin; ceftriaxone: rocephin; cephalexin: keflex; cetirizine: zyrtec;
chlorthalidone; ciprofloxacin: cipro; citalopram: celexa; clindamycin; clopidogrel: plavix; colchicine: colcrys; dabigatran: pradaxa;
dapagliflozin: farxiga, forxiga; dexamethasone; diclofenac: voltaren; digoxin; diltiazem: cardizem; donepezil; doxycycline; duloxetine: cymbalta; dupilumab: dupixent;
empagliflozin: jardiance; enoxaparin: lovenox; ergocalciferol: vitamin d2; epinephrine autoinjector: epipen, epinephrine auto-injector, auto-injectable epinephrine, adrenaline autoinjector; epinephrine: adrenaline;
escitalopram: lexapro; ezetimibe: zetia; famotidine: pepcid; febuxostat; ferrous sulfate: feso4, iron sulfate; fluoxetine: prozac; fluticasone salmeterol: advair;
fluticasone umeclidinium vilanterol: trelegy, trelegy ellipta; folic acid: folate; furosemide: lasix; gabapentin: neurontin; glipizide; glyburide; heparin; hydrochlorothiazide: hctz; hydroxychloroquine: plaquenil;
hydroxyzine; ibuprofen: advil, motrin; indomethacin; insulin glargine: lantus, glargine; iron iv: iv iron, intravenous iron, parenteral iron; isoniazid: inh; ivermectin; ketorolac; labetalol;
lamotrigine: lamictal; levetiracetam: keppra; levofloxacin; levothyroxine: synthroid; linezolid; liraglutide: victoza; lisinopril; lithium; loperamide: imodium; loratadine: claritin; losartan: cozaar; magnesium supplement;
meropenem; mesalamine: mesalazine; metformin: glucophage; methimazole; methotrexate: mtx; metoprolol tartrate: lopressor; metoprolol succinate: toprol, toprol xl; metoprolol; metronidazole: flagyl; montelukast: singulair;
mycophenolate; naltrexone; naproxen: aleve, naprosyn; nifedipine; nitrofurantoin: macrobid; nitroglycerin: ntg, gtn; nortriptyline; omalizumab: xolair; omeprazole: prilosec; ondansetron: zofran; oseltamivir: tamiflu;
pantoprazole: protonix; penicillin g benzathine: benzathine penicillin, benzathine penicillin g, bicillin; penicillin; phenytoin: dilantin; pioglitazone; potassium chloride: kcl; potassium citrate; prednisone; prednisolone; methylprednisolone: medrol; pregabalin: lyrica; propranolol; propylthiouracil: ptu;
quetiapine: seroquel; rifampin: rifampicin; rivaroxaban: xarelto; rosuvastatin: crestor; sacubitril valsartan: entresto; semaglutide: ozempic, wegovy; sertraline: zoloft; simvastatin; sitagliptin: januvia; spironolactone: aldactone; sumatriptan: imitrex;
tamsulosin: flomax; tenofovir emtricitabine: truvada, tdf ftc; tirzepatide: mounjaro; tiotropium: spiriva; topiramate: topamax; tramadol; trazodone; triamcinolone; trimethoprim sulfamethoxazole: tmp-smx, bactrim, bactrim ds, tmp-smx ds, septra, cotrimoxazole, trimethoprim-sulfamethoxazole ds; valacyclovir: valtrex; valproate: depakote, valproic acid; vancomycin; varenicline: chantix; venlafaxine: effexor; verapamil; vitamin d: vitamin d3, cholecalciferol; vitamin k: phytonadione; warfarin: coumadin; zolpidem: ambien";

/// Classes of drugs, and names of the classes.
pub(super) const CLASSES: &str = "
nsaid: non-steroidal, nonsteroidal anti-inflammatory drug, nonsteroidal, anti-inflammatory; corticosteroid: steroid, systemic steroid, systemic corticosteroid, glucocorticoid, oral steroid; statin; thiazide: thiazide diuretic;
ace inhibitor: acei, ace-i, ace; angiotensin receptor blocker: arb; beta blocker: beta-blocker, bb; fluoroquinolone: quinolone, fq; ppi: proton pump inhibitor, proton-pump inhibitor; sglt2 inhibitor: sglt2i, sglt-2 inhibitor, sglt2; glp1 agonist: glp-1 ra, glp-1 receptor agonist, glp-1 agonist, glp1 ra;
anticoagulant: anticoagulation, anticoagulate, blood thinner, doac, noac; antibiotic: antibiotic therapy, abx, antibiotics; opioid: narcotic; macrolide; tetracycline; benzodiazepine; sulfonylurea; ssri; diuretic; antihistamine; antiseizure: antiepileptic, anticonvulsant, antiseizure medication, anti-seizure, asm, aed";

/// Members of a class that its name's ending does not tell.
pub(super) const MEMBERS: &str = "
nsaid: ibuprofen, naproxen, diclofenac, indomethacin, ketorolac, meloxicam, celecoxib; corticosteroid: prednisone, prednisolone, dexamethasone, methylprednisolone, hydrocortisone; thiazide: hydrochlorothiazide, chlorthalidone, indapamide;
ace inhibitor: captopril; angiotensin receptor blocker: sacubitril valsartan; beta blocker: metoprolol succinate, metoprolol tartrate, carvedilol, labetalol; anticoagulant: warfarin, apixaban, rivaroxaban, dabigatran, edoxaban, heparin, enoxaparin; opioid: oxycodone, hydrocodone, morphine, tramadol, codeine; antiseizure: levetiracetam, lamotrigine, valproate, phenytoin, carbamazepine, topiramate, lacosamide; macrolide: azithromycin, clarithromycin, erythromycin; tetracycline: doxycycline, minocycline; sulfonylurea: glipizide, glyburide, glimepiride; ssri: sertraline, citalopram, escitalopram, fluoxetine, paroxetine; diuretic: furosemide, torsemide, hydrochlorothiazide, chlorthalidone, spironolactone, thiazide; antihistamine: cetirizine, loratadine, fexofenadine, diphenhydramine, hydroxyzine;
antibiotic: amoxicillin, amoxicillin clavulanate, azithromycin, cephalexin, ceftriaxone, ciprofloxacin, clindamycin, doxycycline, levofloxacin, trimethoprim sulfamethoxazole, vancomycin, nitrofurantoin, penicillin, metronidazole";

/// Classes by the ending of a drug's name.
pub(super) const CLASS_ENDINGS: &[(&str, &str)] = &[
    ("pril", "ace inhibitor"),
    ("sartan", "angiotensin receptor blocker"),
    ("statin", "statin"),
    ("olol", "beta blocker"),
    ("floxacin", "fluoroquinolone"),
    ("prazole", "ppi"),
    ("gliflozin", "sglt2 inhibitor"),
    ("glutide", "glp1 agonist"),
    ("zepam", "benzodiazepine"),
    ("zolam", "benzodiazepine"),
];

/// Endings that tell a drug that no table has.
pub(super) const DRUG_ENDINGS: &[&str] = &[
    "mab", "nib", "cillin", "mycin", "conazole", "vir", "cycline", "triptan", "xaban", "parin",
    "dipine", "gliptin", "tidine", "setron", "sone", "olone", "pram", "oxetine", "azepam",
    "barbital", "dronate", "gepant", "kinra", "cept", "limus", "zosin", "fenacin", "profen",
    "tinoin", "retin",
];

/// Tests and what is measured.
pub(super) const TESTS: &str = "
cbc: complete blood count, full blood count, fbc; cmp: comprehensive metabolic panel; bmp: basic metabolic panel; lft: liver function test, liver panel, liver enzyme, hepatic panel, liver test, hepatic function panel, liver chemistry; uric acid: urate, serum urate;
tsh: thyroid-stimulating hormone, thyroid stimulating hormone, thyrotropin; free t4: ft4, free thyroxine; t3: total t3; free t3: ft3; hba1c: a1c, hemoglobin a1c, glycated hemoglobin; ecg: ekg, electrocardiogram, 12-lead ecg, 12-lead ekg, 12-lead electrocardiogram; echocardiogram: echo, tte, transthoracic echo, transthoracic echocardiogram, transthoracic echocardiography, echocardiography; tee: transesophageal echo;
rhythm monitor: holter, holter monitor, zio, zio patch, event monitor, ambulatory rhythm monitor, ambulatory ecg monitor, ambulatory ecg, ambulatory cardiac monitor; mri: magnetic resonance imaging, mr imaging; ct angiography: cta, ct angiogram; ct: cat scan, computed tomography; pet ct: pet-ct, pet scan, pet; xray: x-ray, radiograph, cxr; ultrasound: us, ultrasonography, sonogram, sonography; doppler: duplex;
eeg: electroencephalogram; emg: electromyography, nerve conduction study; spirometry; pft: pulmonary function test; sleep study: polysomnography, home sleep study, home sleep apnea test; ua: urinalysis; urine culture: culture of urine; blood culture; crp: c-reactive protein; esr: erythrocyte sedimentation rate, sed rate; ck: creatine kinase, cpk; inr: pt inr; ptt: aptt; d dimer; troponin; bnp: nt-probnp, pro-bnp; lipid panel: lipid, fasting lipid, fasting lipid panel, lipid profile; ferritin; iron study: iron panel; b12: vitamin b12, cobalamin; 25 hydroxyvitamin d: 25-oh vitamin d, vitamin d level, 25-hydroxyvitamin d; pth: parathyroid hormone; cortisol; dexamethasone suppression test: dst; aldosterone renin ratio: arr, aldosterone-renin ratio, plasma aldosterone and renin; metanephrine; acth; prolactin; testosterone; glucose: blood glucose, blood sugar; creatinine: cr, scr; potassium: k; sodium: na; magnesium: mg level; calcium: ca; phosphate: phosphorus; electrolyte; egfr; albumin; bilirubin; uacr: urine albumin-to-creatinine ratio, urine albumin/creatinine ratio, albumin-to-creatinine ratio, spot urine albumin/creatinine ratio, microalbumin, acr, albumin/creatinine ratio, urine acr; hiv: hiv test, hiv ag/ab, hiv antigen/antibody; hepatitis b: hbv, hbsag; hepatitis c: hcv; pregnancy test: hcg, urine hcg, beta-hcg; rpr; smear: blood smear, peripheral smear, peripheral blood smear, blood film; ana: antinuclear antibody; rheumatoid factor: rf; anti ccp: anti-ccp; spep: serum protein electrophoresis; tryptase; ige: specific ige; skin test: skin testing, skin prick test; ttg: ttg-iga, tissue transglutaminase; calprotectin: fecal calprotectin; c difficile: c diff, clostridioides difficile; h pylori: helicobacter pylori; stool culture; trab: tsh receptor antibody, tsh-receptor antibody, thyrotropin receptor antibody; stress test: exercise stress test; osmolality: osm; hla; g6pd; viral load; igra: quantiferon; afp: alpha-fetoprotein; ct coronary angiography: ccta, coronary ct angiography, coronary cta; thyroid scan: thyroid scintigraphy, thyroid uptake scan, uptake scan, thyroid uptake and scan, radionuclide thyroid uptake scan; physical exam: physical examination; eye exam: dilated eye exam, retinal exam, retinal examination, dilated retinal examination, dilated fundus exam; urine sodium: urine na; erythropoietin: epo; 24 hour urine: 24-hour urine collection, 24 h urine, 24 h urine collection; ldct: low-dose ct, low dose ct, low-dose chest ct, low-dose computed tomography; noncontrast: non-contrast, without contrast; contrast with and without: with and without contrast, w/wo contrast, with/without contrast; thrombophilia: thrombophilia panel, thrombophilia test";

/// Interventions.
pub(super) const PROCEDURES: &str = "
biopsy: bx; egd: upper endoscopy, esophagogastroduodenoscopy, gastroscopy, upper gi endoscopy; colonoscopy; bronchoscopy; fna: fine-needle aspiration, fine needle aspiration, fine needle aspirate; lumbar puncture: lp, spinal tap; paracentesis: diagnostic paracentesis; thoracentesis; arthrocentesis: joint aspiration, aspirate the joint; incision and drainage: i&d, incise and drain; capsule endoscopy; ercp; cardioversion; ablation; catheterization: cath, coronary angiography; icd: implantable cardioverter defibrillator; pacemaker; dialysis: hemodialysis; surgery; transfusion: transfuse; ivc filter: vena cava filter; phototherapy: light therapy; uvb: nb-uvb, nbuvb, narrowband uvb; excision: excise, excisional; shave; cryotherapy; bone marrow biopsy: marrow biopsy; punch biopsy; skin biopsy; excisional biopsy; shave biopsy; vaccine: vaccination, immunization, vaccinate; cpap";

/// Specialties, and places to be sent to.
pub(super) const SPECIALTIES: &str = "
cardiology: cardiologist, cards; electrophysiology: ep, electrophysiologist; dermatology: dermatologist, derm; endocrinology: endocrinologist, endocrine, endo; gastroenterology: gastroenterologist, gi; hepatology: hepatologist; hematology: hematologist, heme; oncology: oncologist; infectious disease: infectious diseases, id specialist; nephrology: nephrologist, renal consult, renal clinic; neurology: neurologist, neuro; pulmonology: pulmonologist, pulmonary clinic, pulmonary medicine, pulm; rheumatology: rheumatologist, rheum; ophthalmology: ophthalmologist; allergy immunology: allergy/immunology, allergist, allergy clinic, allergy specialist, allergy and immunology, allergy; urology: urologist; gynecology: gynecologist, gyn; psychiatry: psychiatrist; vascular surgery: vascular surgeon; general surgery; neurosurgery; ent: otolaryngology; dietitian: nutritionist; physical therapy: physiotherapy, pt referral, to pt, pt for; pulmonary rehabilitation: pulmonary rehab, pulm rehab;
ed: emergency department, emergency room, the er, to er, er precaution, ed precaution; ems: 911, call 911, call ems, activate ems, emergency service; admission: admit, hospitalize, hospitalization, hospital, inpatient";

/// Places in the body: two different ones are two different scans.
pub(super) const SITES: &str = "
brain; head: cranial; chest: thorax, thoracic; abdomen: abdominal; pelvis: pelvic; spine: spinal; neck: cervical; kidney: renal; liver: hepatic; thyroid; heart: cardiac; lung: pulmonary; skin; eye: ocular; knee; hip; breast; prostate; carotid; temporal artery; adrenal; pancreas; bowel: intestinal; nerve; bone; urine: urinary; stool: fecal; joint; leg; arm; right upper quadrant: ruq";

/// Other words of one meaning.
pub(super) const OTHERS: &str = "
smoking cessation: stop smoking, quit smoking, quit tobacco, tobacco cessation, cessation of smoking; alcohol: ethanol, etoh; return: return precaution, come back, seek care; contrast: contrast medium; bleed: hemorrhage; contraception: contraceptive, birth control; autoinjector technique: autoinjector use; fluid: hydration, water; side effect: adverse effect; restrict: limit, restriction, low; menorrhagia: heavy menstrual bleeding, heavy period; pep: post-exposure prophylaxis, postexposure prophylaxis; driving: drive, operate a vehicle";

/// What verbs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    Start,
    Stop,
    /// A negation: what follows is not to be done.
    Avoid,
    /// Put off: what follows is not to be done now.
    Defer,
    Raise,
    Lower,
    Swap,
    Continue,
    Test,
    Do,
    Refer,
    Monitor,
    Advise,
}

pub(super) const VERBS: &[(Verb, &str)] = &[
    (
        Verb::Start,
        "start, begin, initiate, initiation, commence, prescribe, rx, give, administer, add, use, using, treat with, treat, restart, resume, reintroduce, institute, take, apply, starting, started, giving, adding, trial of, rechallenge, offer, load, receive, replete, given, prescribed",
    ),
    (
        Verb::Stop,
        "stop, discontinue, discontinuing, discontinuation, d/c, dc, cease, hold, withhold, withdraw, suspend, pause, deprescribe, taper off, wean off, cancel, on hold, put on hold, place on hold, stopped, discontinued, held",
    ),
    (
        Verb::Avoid,
        "avoid, avoidance, strict avoidance, strict avoidance of, refrain, refrain from, steer clear",
    ),
    (
        Verb::Defer,
        "defer, delay, postpone, wait, wait for, await, hold off, hold off on",
    ),
    (
        Verb::Raise,
        "increase, uptitrate, up-titrate, raise, increased, escalate, titrate up, titrate, double, intensify",
    ),
    (
        Verb::Lower,
        "decrease, reduce, lower, reduced, decreased, taper, wean, halve, down-titrate, cut",
    ),
    (
        Verb::Swap,
        "switch, change, convert, replace, substitute, transition, adjust, exchange, rotate",
    ),
    (
        Verb::Continue,
        "continue, continuing, maintain, keep, carry on, stay on, remain on, continued, keep using, keep taking, carry on with",
    ),
    (
        Verb::Test,
        "order, check, measure, test, test for, obtain, screen, screen for, assess, examine, evaluate, draw, look for, rule out, quantify",
    ),
    (
        Verb::Do,
        "get, perform, do, complete, arrange, schedule, proceed, conduct, request, carry out, send, provide, pursue, place, set up, undergo",
    ),
    (
        Verb::Refer,
        "refer, consult, send to, transfer, direct to, go to, present to",
    ),
    (
        Verb::Monitor,
        "monitor, recheck, repeat, follow, follow up, follow-up, reassess, re-evaluate, reevaluate, surveil, surveillance, retest, track, review, re-check, repeated, rechecked",
    ),
    (
        Verb::Advise,
        "advise, counsel, counselling, educate, inform, instruct, teach, warn, encourage, discuss, explain, reassure, tell, train, notify, document, record, alert, communicate",
    ),
];

/// Nouns that name an act: they set it where no verb does.
pub(super) const ACT_NOUNS: &[(Verb, &str)] = &[
    (
        Verb::Refer,
        "referral, consultation, urgent consult, specialist",
    ),
    (
        Verb::Test,
        "level, panel, serology, screening test, imaging, scan, measurement",
    ),
];

/// Negations before and after what they deny.
pub(super) const NOT_BEFORE: &str = "not, no, never, dont, do not, no need, no need to, no need for, must not, should not, cannot, no role for, no indication for, not necessary to, never use";
pub(super) const NOT_AFTER: &str = "not needed, not required, not necessary, not indicated, not recommended, not advised, not warranted, unnecessary, contraindicated, should not be used, must not be used, should be avoided, not be used, not be given, should not be given, not appropriate, inadvisable, should be deferred, is not needed, not be ordered, not needed now";

/// How a condition gates what it stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GateKind {
    If,
    OnlyIf,
    Unless,
    Until,
    After,
    Before,
}

pub(super) const GATES: &[(GateKind, &str)] = &[
    (
        GateKind::If,
        "if, when, whenever, in case of, in the event of, should there be, provided that, provided, as long as, in case",
    ),
    (
        GateKind::OnlyIf,
        "only if, only when, only for, only once, only after, only in",
    ),
    (GateKind::Unless, "unless, except if"),
    (
        GateKind::Until,
        "until, till, pending, while, while awaiting, until after",
    ),
    (
        GateKind::After,
        "once, after, as soon as, based on, depending on",
    ),
    (
        GateKind::Before,
        "before, prior to, ahead of, in preparation for",
    ),
];

/// Conditions that say no more than "with sense".
pub(super) const VAGUE: &str = "if needed, if possible, if tolerated, if available, if feasible, as needed, prn, as tolerated, if necessary, when available, as appropriate, if appropriate, if indicated, in the meantime, meanwhile, as able, unless contraindicated, if not contraindicated, if no contraindication, unless contraindication";

/// How often, in hours.
pub(super) const RHYTHMS: &[(f64, &str)] = &[
    (
        24.0,
        "daily, once daily, once a day, one time a day, per day, a day, qd, nightly, every night, at night, at bedtime, qhs, each morning, every morning, every evening, each day, each evening, qam, qpm, every day, in the morning, every 24 hours, once nightly",
    ),
    (
        12.0,
        "twice daily, twice a day, bid, two times a day, 2 times a day, 2 times daily, two times daily, twice per day, 2 x daily, q 12 h, q 12 hour, every 12 hours",
    ),
    (
        8.0,
        "three times daily, three times a day, tid, 3 times a day, 3 times daily, q 8 h, every 8 hours",
    ),
    (
        6.0,
        "four times daily, four times a day, qid, 4 times a day, 4 times daily, q 6 h, every 6 hours",
    ),
    (
        48.0,
        "every other day, on alternate days, alternate days, alternate-day, qod",
    ),
    (
        168.0,
        "weekly, once weekly, once a week, per week, every week, a week",
    ),
    (84.0, "twice weekly, twice a week, 2 x week, 2 times weekly"),
    (
        56.0,
        "three times weekly, three times a week, 3 x week, 3 x weekly, 3 times weekly, 3 times a week",
    ),
    (
        720.0,
        "monthly, every month, once a month, each month, once monthly",
    ),
    (8760.0, "yearly, annual, annually, every year, once a year"),
];

/// How soon, in days, where no number says it.
pub(super) const SOON: &[(f64, f64, &str)] = &[
    (
        0.0,
        1.0,
        "today, now, immediately, immediate, stat, right away, at once, same day, same-day, asap, straight away, without delay, emergently, emergent, emergency referral, this minute",
    ),
    (1.0, 1.0, "tomorrow, next day"),
    (3.0, 7.0, "this week, within the week"),
    (
        28.0,
        31.0,
        "within the month, in the next month, next month",
    ),
];
pub(super) const URGENT: &str = "urgent, urgently, expedited, expedite, priority, prompt, promptly";
pub(super) const ROUTINE: &str =
    "routine, routinely, non-urgent, nonurgent, elective, electively, not urgent, non-urgently";

/// For good.
pub(super) const PERMANENT: &str = "permanently, permanent, for good, indefinitely, lifelong";

/// Ways into the body.
pub(super) const ROUTES: &str = "
oral: orally, po, by mouth, per os; iv: intravenous, intravenously, parenteral; im: intramuscular, intramuscularly; sc: sq, subcut, subcutaneous, subcutaneously, subq; sl: sublingual, sublingually; topical: topically; inhaled: by inhalation, nebulized; rectal: rectally, pr; vaginal: vaginally; nasal: intranasal, intranasally; intra articular: intra-articular, intraarticular; ophthalmic: eye drop; transdermal: patch";

/// Words of which one item must not have one and another the other.
pub(super) const ANTONYMS: &[(&str, &str)] = &[
    ("left", "right"),
    ("upper", "lower"),
    ("proximal", "distal"),
    ("contrast", "noncontrast"),
    ("outpatient", "admission"),
    ("primary", "secondary"),
    ("active", "latent"),
    ("acute", "chronic"),
    ("short", "long"),
    ("full", "partial"),
];

pub(super) const REASONS: &str = "because, because of, given, due to, since, in view of, in light of, in order to, as she, as he, as it, as they, as this, owing to, to reduce, to prevent, to avoid, secondary to, regardless, even if, rather than, instead of, without, whether, do not rely on, not rely on, dont rely on, even though, although, unless otherwise, but, such as, including, incl, eg, ie, as an alternative to, with goal, aiming for, in addition to, which, who, that";
pub(super) const PURPOSES: &str = "to assess, to evaluate, to look for, to exclude, to rule out, to document, to confirm, to see, to define, to determine, to quantify, to guide, to screen for, to screen, to check for, to treat, to control, to monitor, to identify, to support, to detect, with a view to, to discuss, to consider, to achieve, for";

/// Words that say nothing of what is done.
pub(super) const EMPTY: &str = "a, an, the, of, on, in, to, at, by, with, within, from, per, via, and, or, then, plus, also, as, is, are, be, been, was, were, being, it, its, this, these, those, their, his, her, him, he, she, they, you, your, i, we, would, should, must, may, might, can, could, will, shall, please, recommend, suggest, consider, plan, ensure, make sure, strongly, patient, patients, x, q, every, each, over, through, up, up to, total, dose, dosing, therapy, treatment, medication, medicine, drug, agent, serum, plasma, blood, baseline, initial, current, any, all, both, other, further, additional, lab, labs, test, testing, level, levels, panel, again, time, first, least, at least, about, approximately, more, than, no more than, no later than, not exceed, do not exceed, maximum of, or more, or less, day, week, month, year, hour, need, immediate release, xl, er formulation, some, such, using, use of, there, has, have, had, if at all, target, goal, aim, < , > , =, %, w, wo, w wo, i, s, v, formal, appropriate, next step, action, step, including, consultation, visit, appointment, service, clinic, evaluation, assessment, study, studies, examination, exam, scan, prompt, diet, dietary, intake, mg, ml, standard, regular, strict, strictly, broad, high intensity, high-intensity, low dose, low-dose, high dose, high-dose, course, for, before breakfast, once, only, long-term, maintenance, renally adjusted, starting dose, still, ongoing, tablet, capsule, pill, iodinated, analysis, updated, workup, work up, so, not only, yet, treating";
