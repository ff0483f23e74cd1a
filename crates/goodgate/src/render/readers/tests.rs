//! What each reader is told of seven situations, in both languages: what must be there, and what must not.

use goodgate_case::{Input, Seen, diagnose_seen};
use goodgate_facts::{Evidence, Language, Moment, Signal, Source, SourceKind, id};

use super::*;
use crate::arguments::Format;
use crate::words;

/// Words that a visitor must never meet, and those that an owner must not meet unexplained.
const NEVER: &[&str] = &[
    "gateway",
    "upstream",
    "backend",
    "proxy_",
    "socket",
    "handshake",
    "nginx -",
    "systemctl",
    "ss -",
    "RFC",
    "errno",
    "шлюз",
    "сокет",
    "рукопожат",
    "программа за",
];

fn moment() -> Moment {
    "2026-01-01T10:00:00Z".parse().unwrap()
}

struct Scene {
    name: &'static str,
    /// A saved answer, under the name of its address.
    page: Option<&'static str>,
    signals: &'static [&'static str],
    /// What the visitor's text must have: English, then Russian.
    visitor: [&'static [&'static str]; 2],
    /// What it must not have.
    visitor_without: [&'static [&'static str]; 2],
    owner: [&'static [&'static str]; 2],
    owner_without: [&'static [&'static str]; 2],
}

const ONLINE: &[&str] = &["own-network-up", "own-resolver-works"];
const REFUSED: &str = "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\nContent-Type: text/html\n\n<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx/1.22.1</center>\n</body>\n</html>\n";
const LATE: &str = "HTTP/1.1 504 Gateway Time-out\nServer: nginx/1.22.1\nContent-Type: text/html\n\n<html>\n<head><title>504 Gateway Time-out</title></head>\n<body>\n<center><h1>504 Gateway Time-out</h1></center>\n<hr><center>nginx/1.22.1</center>\n</body>\n</html>\n";
const CDN: &str = "HTTP/2 522\nserver: cloudflare\ncf-ray: 8f00000000000000-FRA\ncontent-type: text/plain\n\nerror code: 522";

#[rustfmt::skip]
const SCENES: &[Scene] = &[
    Scene {
        name: "refused", page: Some(REFUSED), signals: &["fails-every-time", "every-page-fails"],
        visitor: [
            &["It is not you", "Nothing on your computer or phone needs repair", "Wait five minutes", "your site does not work for me", "error 502", "2026-01-01 10:00:00"],
            &["Дело не в вас", "чинить нечего", "Подождите пять минут", "не работает ваш сайт", "ошибка 502"],
        ],
        visitor_without: [&["flushdns", "router", "VPN", "other sites"], &["flushdns", "роутер", "VPN"]],
        owner: [&["status page", "PHP version", "keep a backup", "--for support"], &["Версия PHP", "резервн", "--for support"]],
        owner_without: [&["lookup.icann.org", "AutoSSL"], &["lookup.icann.org", "AutoSSL"]],
    },
    Scene {
        name: "late", page: Some(LATE), signals: &["fails-every-time"],
        visitor: [&["It is not you", "so long", "Wait ten minutes", "error 504"], &["Дело не в вас", "Подождите десять минут", "ошибка 504"]],
        visitor_without: [&["flushdns", "router"], &["flushdns", "роутер"]],
        owner: [&["WP_DEBUG", "Resource usage"], &["WP_DEBUG", "Использование ресурсов"]],
        owner_without: [&["lookup.icann.org", "AutoSSL"], &["lookup.icann.org"]],
    },
    Scene {
        name: "cdn", page: Some(CDN), signals: &["edge-in-front"],
        visitor: [&["It is not you", "The service that stands before the site works"], &["Дело не в вас", "Служба, которая стоит перед сайтом"]],
        visitor_without: [&["flushdns"], &["flushdns"]],
        owner: [&["cloudflarestatus.com", "CDN"], &["cloudflarestatus.com", "CDN"]],
        owner_without: [&["modules/contrib", "WP_DEBUG"], &["modules/contrib", "WP_DEBUG"]],
    },
    Scene {
        name: "name", page: None, signals: &["site-name-not-found", "zone-name-missing"],
        visitor: [&["It is not you", "no site under this address", "letter by letter"], &["Дело не в вас", "сайта нет", "по буквам"]],
        visitor_without: [&["flushdns", "paying"], &["flushdns", "платили"]],
        owner: [&["lookup.icann.org", "DNS: the internet's address book"], &["lookup.icann.org", "DNS: адресная книга"]],
        owner_without: [&["plugins", "PHP", "wp-content"], &["плагин", "PHP", "wp-content"]],
    },
    Scene {
        name: "certificate", page: None, signals: &["site-certificate-expired"],
        visitor: [&["It is not you", "has run out", "enter no password", "date and time on your device"], &["Дело не в вас", "истёк", "не вводите", "дата и время"]],
        visitor_without: [&["flushdns", "router"], &["flushdns", "роутер"]],
        owner: [&["Renew", "Let's Encrypt", ".well-known"], &["Продлите сертификат", "Let's Encrypt", ".well-known"]],
        owner_without: [&["wp-content", "PHP version"], &["wp-content", "Версия PHP"]],
    },
    Scene {
        name: "offline", page: None, signals: &["own-network-down", "site-name-timed-out"],
        visitor: [&["It is on your side", "no working connection", "router", "airplane mode", "iPhone"], &["Дело на вашей стороне", "роутер", "авиарежим", "iPhone"]],
        visitor_without: [&["your site does not work", "needs repair"], &["не работает ваш сайт", "чинить нечего"]],
        owner: [&["not with", "--for visitor"], &["--for visitor"]],
        owner_without: [&["plugin", "backup"], &["плагин", "резервн"]],
    },
    Scene {
        name: "healthy", page: None, signals: &["site-answers-well"],
        visitor: [&["works", "private window", "extensions", "ipconfig /flushdns"], &["работает", "приватном окне", "расширения", "ipconfig /flushdns"]],
        visitor_without: [&["It is not you", "your site does not work", "Other address book"], &["Дело не в вас", "не работает ваш сайт"]],
        owner: [&["works", "Do other sites open?"], &["работает", "открываются ли другие сайты"]],
        owner_without: [&["backup", "plugin"], &["резервн", "плагин"]],
    },
    Scene {
        name: "portal", page: None, signals: &["captive-portal", "site-certificate-name-mismatch"],
        visitor: [&["It is on your side", "sign in", "neverssl.com"], &["Дело на вашей стороне", "войти", "neverssl.com"]],
        visitor_without: [&["your site does not work", "router"], &["не работает ваш сайт", "роутер"]],
        owner: [&["--for visitor"], &["--for visitor"]],
        owner_without: [&["plugin", "AutoSSL"], &["плагин", "AutoSSL"]],
    },
    Scene {
        name: "blocked", page: None, signals: &["page-says-blocked", "upstream-answered-403"],
        visitor: [&["turns you away", "VPN", "by mistake"], &["вас не пускает", "VPN", "по ошибке"]],
        visitor_without: [&["router", "needs repair"], &["роутер", "чинить нечего"]],
        owner: [&["--for support"], &["--for support"]],
        owner_without: [&["lookup.icann.org"], &["lookup.icann.org"]],
    },
];

/// The diagnosis of a scene, as a look would have made it.
fn judged(scene: &Scene) -> Diagnosis {
    let mut evidence = Evidence::new();
    let online = if scene.name == "offline" { &[][..] } else { ONLINE };
    for name in online.iter().chain(scene.signals) {
        let source = Source::new(SourceKind::Probe, "https://shop.example/", 0, None);
        evidence.add(Signal::new(id_of(name), source).at(moment()));
    }
    let page =
        |text: &str| Input { name: "https://shop.example/cart".into(), bytes: text.as_bytes().to_vec() };
    let seen = Seen { pages: scene.page.map(page).into_iter().collect(), at: Some(moment()), evidence };
    diagnose_seen(&[], Vec::new(), [seen], &|count, read| (0..count).for_each(read))
}

fn id_of(name: &str) -> SignalId {
    SignalId::find(name).unwrap_or_else(|| id("own-network-up"))
}

fn said(scene: &Scene, reader: Reader, language: Language) -> String {
    words::speak_here(language);
    let text = super::super::diagnosis(&judged(scene), None, Format::Md, reader);
    assert!(!text.contains("trouble-") && !text.contains("step-") && !text.contains("checked-"), "{text}");
    text
}

fn hold(scene: &Scene, text: &str, must: &[&str], must_not: &[&str]) {
    for words in must {
        assert!(text.contains(words), "{}: {words:?} is missing in\n{text}", scene.name);
    }
    for words in must_not {
        assert!(!text.contains(words), "{}: {words:?} stands in\n{text}", scene.name);
    }
}

const LANGUAGES: [Language; 2] = [Language::En, Language::Ru];

#[test]
fn a_visitor_is_answered_plainly() {
    for scene in SCENES {
        for (at, language) in LANGUAGES.into_iter().enumerate() {
            let text = said(scene, Reader::Visitor, language);
            // What the page itself was called is quoted.
            let own = text.replace("502 Bad Gateway", "").replace("504 Gateway Time-out", "");
            hold(scene, &own, scene.visitor[at], scene.visitor_without[at]);
            let own = own.to_lowercase();
            hold(scene, &own, &[], NEVER);
            let unexplained = own.replace("(dns)", "").replace("dns server assignment", "");
            if matches!(scene.name, "refused" | "late" | "cdn" | "certificate") {
                hold(scene, &unexplained, &[], &["dns", "cdn", "http/"]);
            }
        }
    }
}

#[test]
fn an_owner_is_told_only_what_fits() {
    for scene in SCENES {
        for (at, language) in LANGUAGES.into_iter().enumerate() {
            let text = said(scene, Reader::Owner, language);
            hold(scene, &text, scene.owner[at], scene.owner_without[at]);
            hold(scene, &text, &[], &["systemctl", "ss -ltnp", "journalctl"]);
            // A word that needs explaining is explained.
            let explained = text.rsplit("## ").next().unwrap_or_default().to_lowercase();
            for word in ["dns", "cdn", "gateway", "шлюз"] {
                let used = text.to_lowercase().replace("bad gateway", "").contains(word);
                assert!(!used || explained.contains(word), "{}: {word}\n{text}", scene.name);
            }
        }
    }
}

#[test]
fn a_letter_has_its_facts_and_no_secrets() {
    for scene in SCENES.iter().filter(|scene| scene.page.is_some()) {
        for language in LANGUAGES {
            let text = said(scene, Reader::Support, language);
            hold(scene, &text, &["https://shop.example/cart", "2026-01-01 10:00:00 UTC", "["], &["Cookie:"]);
            let (end, since) = match language {
                Language::En => ("no password", "[since when"),
                Language::Ru => ("ни паролей", "[с какого времени"),
            };
            let last = text.trim_end().lines().last().unwrap_or_default();
            assert!(last.contains(end), "{text}");
            hold(scene, &text, &[since], &[]);
        }
    }
}

#[test]
fn steps_for_each_system_begin_with_this_one() {
    let text = said(&SCENES[6], Reader::Visitor, Language::En);
    let at = |name: &str| text.find(&format!("### {name}")).unwrap_or_else(|| panic!("{name}\n{text}"));
    let places = ["Windows", "Mac", "Linux", "Android", "iPhone and iPad"].map(at);
    if cfg!(target_os = "linux") {
        assert_eq!(places.iter().min(), Some(&places[2]));
    }
}
