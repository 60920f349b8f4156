//! Children that come and go.

use yew::html::Html;
use yew::virtual_dom::{VList, VNode};

/// Items as one child of their own. A `for` in `html!` mixes them with their siblings instead, and then one item more
/// has all that stands before it built anew.
pub(crate) fn list(items: impl IntoIterator<Item = Html>) -> Html {
    VNode::from(VList::with_children(items.into_iter().collect(), None))
}
