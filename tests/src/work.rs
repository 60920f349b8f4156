//! How much is allocated: a measure of work that no clock and no busy machine changes.
#![allow(unsafe_code)] // An allocator is.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counting. A program that measures makes it its global allocator.
pub struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is the system's allocator's; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Gone while a thread ends.
        let _ = ALLOCATED.try_with(|count| count.set(count.get().wrapping_add(layout.size())));
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above; every block came from the system.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Bytes that this thread allocated since it began, in a program of that allocator.
pub fn spent() -> usize {
    ALLOCATED.get()
}
