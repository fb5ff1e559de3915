//! Asking the processor for memory before it is needed.

/// Bytes of a cache line.
const LINE: usize = 64;

/// The most lines of a slice that are asked for.
const LINES_MAX: usize = 4;

/// Starts loading the cache lines of `place`, and does not wait for them. A hint: it changes
/// nothing but time, and does nothing on machines other than x86-64.
#[inline(always)]
pub fn prefetch<T>(place: &T) {
    lines(core::ptr::from_ref(place).cast(), size_of::<T>());
}

/// The same for the first lines of `slice`.
#[inline(always)]
pub fn prefetch_slice<T>(slice: &[T]) {
    lines(slice.as_ptr().cast(), size_of_val(slice).min(LINES_MAX * LINE));
}

#[inline(always)]
#[allow(unsafe_code)]
fn lines(first: *const i8, bytes: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    for offset in (0..bytes).step_by(LINE) {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing into the program and cannot fault, whatever the address;
        // SSE, which has the instruction, is part of every x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(offset)) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (first, bytes);
}
