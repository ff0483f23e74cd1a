//! Which part of a content-management system a file belongs to: an extension (plugin, theme, module), its
//! core, or neither. Knows folder layouts only, no log format.

/// The part of a content-management system that a path lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CmsPart {
    /// An extension that somebody installed; its folder's name.
    Extension(String),
    /// The system itself.
    Core,
}

/// Folders whose children are extensions, the longer before those they contain.
const EXTENSION_FOLDERS: &[&str] = &[
    // WordPress, also with the content folder moved (Bedrock)
    "/wp-content/plugins/",
    "/wp-content/mu-plugins/",
    "/wp-content/themes/",
    "/app/mu-plugins/",
    "/app/plugins/",
    "/app/themes/",
    "/mu-plugins/",
    // Drupal
    "/modules/contrib/",
    "/modules/custom/",
    "/themes/contrib/",
    "/themes/custom/",
    "/sites/all/modules/",
    "/sites/all/themes/",
    "/sites/default/modules/",
    "/sites/default/themes/",
    // Joomla
    "/components/com_",
    "/modules/mod_",
    // TYPO3, Magento, MediaWiki, Shopware, Nextcloud, PrestaShop
    "/typo3conf/ext/",
    "/app/code/",
    "/extensions/",
    "/custom/plugins/",
    "/custom/static-plugins/",
    "/custom_apps/",
    "/modules/ps_",
    // everybody else who calls them plugins
    "/plugins/",
];

/// Folders between `plugins/` or `modules/` and the extension's own: groups, not extensions.
const GROUPS: &[&str] = &[
    "contrib",
    "custom",
    "system",
    "content",
    "user",
    "authentication",
    "editors",
    "editors-xtd",
    "captcha",
    "finder",
    "fields",
    "task",
    "ajax",
    "installer",
    "quickicon",
    "webservices",
    "search",
];

const CORE_FOLDERS: &[&str] = &[
    "/wp-includes/",
    "/wp-admin/",
    "/core/lib/Drupal/",
    "/core/modules/",
    "/core/includes/",
    "/libraries/joomla/",
    "/libraries/src/",
    "/typo3/sysext/",
    "/vendor/magento/framework/",
];

/// The part of a content-management system that `path` (slashes or backslashes) belongs to.
pub(crate) fn cms_part(path: &str) -> Option<CmsPart> {
    let path = path.replace('\\', "/");
    // A core module named like an extension folder is still core.
    if CORE_FOLDERS.iter().any(|folder| path.contains(folder)) {
        return Some(CmsPart::Core);
    }
    for folder in EXTENSION_FOLDERS {
        if let Some((_, rest)) = path.split_once(folder)
            && let Some(name) = name_below(folder, rest)
        {
            return Some(CmsPart::Extension(name));
        }
    }
    site_module(&path).map(CmsPart::Extension)
}

fn name_below(folder: &str, rest: &str) -> Option<String> {
    let mut parts = rest.split('/');
    let first = parts.next().filter(|part| !part.is_empty())?;
    let stem = folder.rsplit('/').next().unwrap_or("");
    if !stem.is_empty() {
        return Some(format!("{stem}{first}"));
    }
    let name = if GROUPS.contains(&first) { parts.next().unwrap_or(first) } else { first };
    if folder == "/app/code/" {
        // Magento names a module by its vendor and its own folder.
        return parts.next().map(|module| format!("{name}_{module}"));
    }
    // A single file directly in the folder is an extension of its own.
    Some(name.strip_suffix(".php").unwrap_or(name).to_owned())
}

/// Drupal's folders per site: `sites/<site>/modules/<name>`.
fn site_module(path: &str) -> Option<String> {
    let (_, rest) = path.split_once("/sites/")?;
    let mut parts = rest.split('/').skip(1);
    matches!(parts.next(), Some("modules" | "themes")).then_some(())?;
    let first = parts.next()?;
    let name = if GROUPS.contains(&first) { parts.next()? } else { first };
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_extensions_from_core_and_from_plain_code() {
        let extension = |name: &str| Some(CmsPart::Extension(name.to_owned()));
        assert_eq!(cms_part("/srv/site/wp-content/plugins/shop/inc/a.php"), extension("shop"));
        assert_eq!(cms_part("/srv/site/wp-content/mu-plugins/loader.php"), extension("loader"));
        assert_eq!(cms_part("/srv/site/sites/shop.example/modules/contrib/views/v.inc"), extension("views"));
        assert_eq!(cms_part("/srv/site/components/com_blog/blog.php"), extension("com_blog"));
        assert_eq!(cms_part("/srv/site/plugins/system/cache/cache.php"), extension("cache"));
        assert_eq!(cms_part("/srv/site/app/code/Acme/Pay/Model/A.php"), extension("Acme_Pay"));
        assert_eq!(cms_part("/srv/site/wp-includes/plugin.php"), Some(CmsPart::Core));
        assert_eq!(cms_part("C:\\site\\wp-content\\themes\\blue\\functions.php"), extension("blue"));
        assert_eq!(cms_part("/srv/app/src/index.php"), None);
    }
}
