//! An ordered map and set, made for small code.
//!
//! `BTreeMap` and `BTreeSet` are compiled anew for each pair of types, 5 to 10 kB of wasm each time once something is
//! removed from one, and the engine has dozens of pairs. These keep their entries in sorted blocks instead: a tree of
//! two levels, a tenth of the code, and quick up to the hundreds of thousands of entries that a large cluster has.
//! Methods are named and behave as in the standard library.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;

/// How many entries a block has at most; a full one is cut in two.
const FULL: usize = 64;

/// A map, ordered by its keys.
#[derive(Clone)]
pub struct Map<K, V> {
    /// None is empty; keys ascend within each and from one to the next.
    blocks: Vec<Vec<(K, V)>>,
}

/// A block and the place in it.
type Place = (usize, usize);

impl<K: Ord, V> Map<K, V> {
    /// The place of a key, or the one where it belongs.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let starts_before = |block: &Vec<(K, V)>| block.first().is_some_and(|(first, _)| first.borrow() <= key);
        let block = self.blocks.partition_point(starts_before).saturating_sub(1);
        let entries = self.blocks.get(block).map(Vec::as_slice).unwrap_or_default();
        let at = entries.partition_point(|(other, _)| other.borrow() < key);
        let found = entries.get(at).is_some_and(|(other, _)| other.borrow() == key);
        if found { Ok((block, at)) } else { Err((block, at)) }
    }

    /// Puts an entry where it belongs; `place` must have answered that.
    fn put(&mut self, (mut block, mut at): Place, key: K, value: V) -> &mut V {
        if self.blocks.is_empty() {
            self.blocks.push(Vec::new());
        }
        // Here and below: `place` gives a block that is there, but in an empty map, which has just got its first.
        if self.blocks[block].len() >= FULL {
            let upper = self.blocks[block].split_off(FULL / 2);
            self.blocks.insert(block + 1, upper);
            if at > FULL / 2 {
                (block, at) = (block + 1, at - FULL / 2);
            }
        }
        let entries = &mut self.blocks[block];
        entries.insert(at, (key, value));
        &mut entries[at].1
    }

    /// Puts a value under a key; returns the one that was there. The key that was there stays.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            // `place` found it there.
            Ok((block, at)) => Some(std::mem::replace(&mut self.blocks[block][at].1, value)),
            Err(place) => {
                self.put(place, key, value);
                None
            }
        }
    }

    /// The value under a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (block, at) = self.place(key).ok()?;
        Some(&self.blocks.get(block)?.get(at)?.1)
    }

    /// The value under a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (block, at) = self.place(key).ok()?;
        Some(&mut self.blocks.get_mut(block)?.get_mut(at)?.1)
    }

    /// Whether there is something under a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Takes out what is under a key.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (block, at) = self.place(key).ok()?;
        // `place` found it there.
        let (_, value) = self.blocks[block].remove(at);
        if self.blocks[block].is_empty() {
            self.blocks.remove(block);
        }
        Some(value)
    }

    /// The place of a key, to be filled if it is empty.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let place = self.place(&key);
        Entry { map: self, key, place }
    }

    /// The entries from a key on.
    pub fn iter_from<Q: Ord + ?Sized>(&self, key: &Q) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let (Ok((block, at)) | Err((block, at))) = self.place(key);
        let mut blocks = self.blocks.get(block..).unwrap_or_default().iter();
        let first = blocks.next().and_then(|entries| entries.get(at..)).unwrap_or_default();
        Iter { first: first.iter(), blocks }
    }
}

impl<K, V> Map<K, V> {
    /// A map without entries.
    pub const fn new() -> Map<K, V> {
        Map { blocks: Vec::new() }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Takes out all entries.
    pub fn clear(&mut self) {
        self.blocks.clear();
    }

    /// The entries by key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { first: [].iter(), blocks: self.blocks.iter() }
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values by key.
    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values by key, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.blocks.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The entries by key, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.blocks.iter_mut().flatten().map(|(key, value)| (&*key, value))
    }

    /// The values by key, taken out.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// Keeps the entries that are wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&K, &mut V) -> bool) {
        self.blocks.retain_mut(|entries| {
            entries.retain_mut(|(key, value)| wanted(key, value));
            !entries.is_empty()
        });
    }
}

/// The place of a key in a map.
pub struct Entry<'a, K, V> {
    map: &'a mut Map<K, V>,
    key: K,
    place: Result<Place, Place>,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// The value, made if there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        match self.place {
            // `place` found it there.
            Ok((block, at)) => &mut self.map.blocks[block][at].1,
            Err(place) => self.map.put(place, self.key, make()),
        }
    }

    /// The value, or the one given if there is none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value, made as by default if there is none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// The entries of a map by key.
pub struct Iter<'a, K, V> {
    /// What is left of the block being read.
    first: std::slice::Iter<'a, (K, V)>,
    blocks: std::slice::Iter<'a, Vec<(K, V)>>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Iter { first: self.first.clone(), blocks: self.blocks.clone() }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.first.as_slice().is_empty() {
            self.first = self.blocks.next()?.iter();
        }
        // No block is empty.
        self.first.next().map(|(key, value)| (key, value))
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: Ord, V: Ord> PartialOrd for Map<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, V: Ord> Ord for Map<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.blocks.into_iter().flatten()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A set, ordered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set<T: Ord>(Map<T, ()>);

impl<T: Ord> Set<T> {
    /// A set without members.
    pub const fn new() -> Set<T> {
        Set(Map::new())
    }

    /// Puts a member in; whether it was not there.
    pub fn insert(&mut self, member: T) -> bool {
        self.0.insert(member, ()).is_none()
    }

    /// Whether this is a member.
    pub fn contains<Q: Ord + ?Sized>(&self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains_key(member)
    }

    /// Takes a member out; whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.remove(member).is_some()
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes out all members.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.0.keys()
    }

    /// The members from one on.
    pub fn iter_from<Q: Ord + ?Sized>(&self, member: &Q) -> impl Iterator<Item = &T>
    where
        T: Borrow<Q>,
    {
        self.0.iter_from(member).map(|(member, ())| member)
    }
}

impl<T: Ord> Default for Set<T> {
    fn default() -> Self {
        Set::new()
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Set::new();
        set.extend(members);
        set
    }
}

impl<T: Ord> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::iter::Map<<Map<T, ()> as IntoIterator>::IntoIter, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(member, ())| member)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A sequence without a visible order, the same each time.
    fn numbers() -> impl Iterator<Item = u32> {
        (0..5_000u32).map(|n| n.wrapping_mul(2_654_435_761) >> 20)
    }

    #[test]
    fn agrees_with_the_standard_map() {
        let (mut ours, mut standard) = (Map::new(), BTreeMap::new());
        for (at, key) in numbers().enumerate() {
            if at % 3 == 2 {
                assert_eq!(ours.remove(&(key / 2)), standard.remove(&(key / 2)));
            } else {
                assert_eq!(ours.insert(key, at), standard.insert(key, at));
            }
            *ours.entry(key / 3).or_default() += 1;
            *standard.entry(key / 3).or_default() += 1;
            assert_eq!(ours.get(&at.try_into().unwrap()), standard.get(&at.try_into().unwrap()));
        }
        assert_eq!(ours.len(), standard.len());
        assert!(ours.iter().eq(standard.iter()));
        for from in [0, 7, 1_000, 4_096, 9_999] {
            assert!(ours.iter_from(&from).eq(standard.range(from..)));
        }
        ours.retain(|key, _| key % 64 == 0);
        standard.retain(|key, _| key % 64 == 0);
        assert!(ours.clone().into_iter().eq(standard));
        for key in ours.clone().into_iter().map(|(key, _)| key) {
            ours.remove(&key);
        }
        assert!(ours.is_empty() && ours.iter_from(&0).next().is_none());
    }

    #[test]
    fn equal_whatever_the_order_of_insertion() {
        let up: Set<u32> = (0..1_000).collect();
        let down: Set<u32> = (0..1_000).rev().collect();
        assert_eq!(up, down);
        assert_eq!(format!("{:?}", up.iter().take(2).collect::<Set<_>>()), "{0, 1}");
    }
}
