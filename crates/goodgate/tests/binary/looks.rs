//! Looks at a site on this computer.

use crate::harness::Folder;
use crate::site::Site;

#[test]
fn hosts_that_need_no_proxy_are_known() {
    let (folder, site) = (Folder::new(&[]), Site::new("200 OK", ""));
    let looked = |variables: &[(&str, &str)]| {
        folder.run_in(&["diagnose", &site.url("/"), "--format", "json"], "", variables).out
    };
    let proxy = ("http_proxy", "http://192.0.2.1:3128");
    assert!(looked(&[proxy, ("no_proxy", ""), ("NO_PROXY", "")]).contains("proxy-in-environment"));
    for name in ["no_proxy", "NO_PROXY"] {
        assert!(!looked(&[proxy, (name, "127.0.0.1")]).contains("proxy-in-environment"), "{name}");
    }
}
