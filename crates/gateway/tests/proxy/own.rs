//! What the gateway answers itself.

use goodgate_gateway::plan::*;

use crate::setting::{Setting, parts, plan, run, upstream};

/// A folder that goes when the test does.
struct Ground {
    folder: std::path::PathBuf,
}

impl Ground {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("goodgate-own-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("docs")).unwrap();
        std::fs::write(folder.join("docs/index.html"), "<p>docs</p>").unwrap();
        Self { folder }
    }

    fn files(&self) -> Action {
        Action::Files(Files {
            root: self.folder.clone(),
            index: vec!["index.html".to_owned()],
            try_files: Vec::new(),
            hidden: false,
            links: Vec::new(),
            charset: Charset::default(),
            sources: false,
        })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A gateway with one route, changed like this.
fn with(change: impl Fn(&mut Route)) -> Setting {
    let nowhere = upstream(&["127.0.0.1:1".parse().unwrap()]);
    let mut plan = plan(nowhere);
    change(&mut plan.sites[0].routes[0]);
    run(plan)
}

#[test]
fn a_folder_behind_a_stripped_prefix_gets_its_slash_where_the_client_knows_it() {
    let ground = Ground::new("slash");
    let setting = with(|route| {
        route.path = PathPattern::Below("/manual".to_owned());
        route.rewrite = Some(Rewrite::StripPrefix);
        route.action = ground.files();
    });
    let (status, fields, _) = parts(&setting.get("/manual/docs?a=b").0);
    assert_eq!(status, 301);
    assert!(fields.contains("Location: /manual/docs/?a=b\r\n"), "{fields}");
    let (status, _, body) = parts(&setting.get("/manual/docs/").0);
    assert_eq!((status, body.as_str()), (200, "<p>docs</p>"));
}
