//! Which part of the chart is seen, and how large. Pure: the browser's side is in `viewport`.

use super::geometry::{Point, Rect, pt};

/// How many times larger than at home at most, where everything can be read at home.
const LARGEST: f64 = 4.0;

/// What is seen of a chart in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Camera {
    /// The chart's size.
    chart: (f64, f64),
    /// The room's size in pixels.
    room: (f64, f64),
    /// Pixels to one of the chart's units.
    pub(crate) k: f64,
    /// The chart's place at the room's upper left corner.
    at: Point,
    /// How large the chart may become, in pixels to a unit.
    most: f64,
    /// How small it may become to be seen as a whole without being asked.
    least: f64,
}

impl Camera {
    /// Fits this chart into this room; `smallest` is the smallest scale of what is in it. Keeps what is seen, unless that
    /// was all of it.
    pub(crate) fn fit_to(&mut self, chart: (f64, f64), room: (f64, f64), smallest: f64, least: f64) {
        let fresh = self.k <= 0.0 || self.chart.0 <= 0.0;
        let at_home = fresh || self.is_home();
        let middle = self.view().center();
        let moved = (self.chart.0 - chart.0).abs() > 0.5;
        (self.chart, self.room, self.least) = (chart, room, least);
        self.most = (self.home_k() * LARGEST).max(1.5 / smallest.max(0.01));
        if at_home || moved {
            self.go_home();
        } else {
            self.center_on(middle);
        }
    }

    /// The scale at which the chart is shown first: all of it or, where that would be too small, its whole width.
    fn home_k(&self) -> f64 {
        let width = self.room.0 / self.chart.0.max(1.0);
        let height = self.room.1 / self.chart.1.max(1.0);
        if height >= width * self.least { width.min(height) } else { width }
    }

    /// The smallest scale: all of it.
    fn least_k(&self) -> f64 {
        self.home_k().min(self.room.1 / self.chart.1.max(1.0))
    }

    /// Shows it as at first.
    pub(crate) fn go_home(&mut self) {
        self.k = self.home_k();
        self.at = pt(0.0, 0.0);
        self.clamp();
    }

    /// Shows all of it.
    pub(crate) fn go_whole(&mut self) {
        self.k = self.least_k();
        self.at = pt(0.0, 0.0);
        self.clamp();
    }

    /// Whether it is shown as at first.
    pub(crate) fn is_home(&self) -> bool {
        (self.k / self.home_k() - 1.0).abs() < 0.005
    }

    /// How many times larger than at home.
    pub(crate) fn zoom(&self) -> f64 {
        let home = self.home_k();
        if home > 0.0 && home.is_finite() { self.k / home } else { 1.0 }
    }

    /// Whether there is more than is seen.
    pub(crate) fn can_pan(&self) -> bool {
        self.chart.0 * self.k > self.room.0 + 1.0 || self.chart.1 * self.k > self.room.1 + 1.0
    }

    /// What is seen of the chart.
    pub(crate) fn view(&self) -> Rect {
        let k = self.k.max(0.001);
        Rect::new(self.at.x, self.at.y, self.room.0 / k, self.room.1 / k)
    }

    /// Enlarges by `factor`; what is at `at` in the room stays there.
    pub(crate) fn zoom_at(&mut self, at: Point, factor: f64) {
        let k = (self.k * factor).clamp(self.least_k(), self.most.max(self.least_k()));
        let fixed = pt(self.at.x + at.x / self.k, self.at.y + at.y / self.k);
        self.at = pt(fixed.x - at.x / k, fixed.y - at.y / k);
        self.k = k;
        self.clamp();
    }

    /// Enlarges around the room's middle.
    pub(crate) fn zoom_by(&mut self, factor: f64) {
        self.zoom_at(pt(self.room.0 / 2.0, self.room.1 / 2.0), factor);
    }

    /// Moves what is seen by so many pixels.
    pub(crate) fn pan(&mut self, dx: f64, dy: f64) {
        self.at = pt(self.at.x + dx / self.k, self.at.y + dy / self.k);
        self.clamp();
    }

    /// Moves as little as it takes to see `rect`.
    pub(crate) fn reveal(&mut self, rect: Rect) {
        let margin = 12.0 / self.k;
        let view = self.view();
        let along = |start: f64, size: f64, from: f64, length: f64| {
            if from - margin < start {
                from - margin
            } else if from + length + margin > start + size {
                (from + length + margin - size).min(from - margin)
            } else {
                start
            }
        };
        self.at = pt(along(view.x, view.w, rect.x, rect.w), along(view.y, view.h, rect.y, rect.h));
        self.clamp();
    }

    /// Shows `rect` as large as it can be.
    #[cfg(test)]
    pub(crate) fn show(&mut self, rect: Rect) {
        let k = (self.room.0 / (rect.w * 1.15)).min(self.room.1 / (rect.h * 1.15));
        self.k = k.clamp(self.least_k(), self.most.max(self.least_k()));
        self.center_on(rect.center());
    }

    /// A camera between this one and `to`.
    pub(crate) fn towards(&self, to: &Camera, share: f64) -> Camera {
        let (a, b) = (self.view(), to.view());
        let mix = |p: f64, q: f64| p + (q - p) * share;
        Camera { k: self.room.0 / mix(a.w, b.w).max(0.001), at: pt(mix(a.x, b.x), mix(a.y, b.y)), ..*to }
    }

    fn center_on(&mut self, middle: Point) {
        let view = self.view();
        self.at = pt(middle.x - view.w / 2.0, middle.y - view.h / 2.0);
        self.clamp();
    }

    /// Keeps the chart in the room: in the middle or at the top where it is smaller, else without a gap at its edges.
    fn clamp(&mut self) {
        let view = self.view();
        let (w, h) = self.chart;
        self.at.x = if view.w >= w { (w - view.w) / 2.0 } else { self.at.x.clamp(0.0, w - view.w) };
        self.at.y = if view.h >= h { 0.0 } else { self.at.y.clamp(0.0, h - view.h) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Camera {
        let mut camera = Camera::default();
        camera.fit_to((1000.0, 500.0), (1000.0, 500.0), 0.2, 0.7);
        camera
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let mut camera = camera();
        let at = pt(300.0, 200.0);
        let before = pt(camera.view().x + at.x / camera.k, camera.view().y + at.y / camera.k);
        camera.zoom_at(at, 2.5);
        let after = pt(camera.view().x + at.x / camera.k, camera.view().y + at.y / camera.k);
        assert!((before.x - after.x).abs() < 1e-9 && (before.y - after.y).abs() < 1e-9);
        assert!((camera.zoom() - 2.5).abs() < 1e-9);
    }

    #[test]
    fn it_never_leaves_the_chart_nor_its_limits() {
        let mut camera = camera();
        for (factor, dx, dy) in
            [(9.0, 1e6, 1e6), (0.5, -1e6, 50.0), (1e9, 3.0, -1e9), (1e-9, 1e9, 1e9), (3.0, 0.0, 0.0)]
        {
            camera.zoom_by(factor);
            camera.pan(dx, dy);
            let view = camera.view();
            assert!(view.x >= -1e-6 && view.right() <= 1000.0 + 1e-6, "{view:?}");
            assert!(view.y >= -1e-6 && view.bottom() <= 500.0 + 1e-6, "{view:?}");
            assert!(camera.zoom() >= 0.999 && camera.k <= 7.6);
        }
        camera.go_home();
        assert!(camera.is_home() && !camera.can_pan());
    }

    #[test]
    fn a_chart_too_high_for_its_room_is_shown_in_its_width_and_can_be_seen_whole() {
        let mut camera = Camera::default();
        camera.fit_to((400.0, 2000.0), (400.0, 500.0), 1.0, 0.7);
        assert_eq!(camera.k, 1.0);
        assert!(camera.can_pan());
        camera.go_whole();
        assert!((camera.k - 0.25).abs() < 1e-9 && !camera.can_pan());
        camera.go_home();
        camera.zoom_by(0.01);
        assert!((camera.k - 0.25).abs() < 1e-9 && !camera.can_pan());
    }

    #[test]
    fn what_is_enlarged_stays_in_sight_when_the_chart_grows() {
        let mut camera = camera();
        camera.show(Rect::new(100.0, 100.0, 200.0, 100.0));
        let before = camera.view().center();
        camera.fit_to((1000.0, 560.0), (1000.0, 500.0), 0.2, 0.7);
        let after = camera.view().center();
        assert!((before.x - after.x).abs() < 1.0 && (before.y - after.y).abs() < 1.0);
        camera.reveal(Rect::new(900.0, 500.0, 50.0, 30.0));
        assert!(camera.view().contains(&Rect::new(900.0, 500.0, 50.0, 30.0)));
    }

    #[test]
    fn the_way_between_two_views_begins_and_ends_with_them() {
        let from = camera();
        let mut to = from;
        to.show(Rect::new(600.0, 300.0, 100.0, 50.0));
        let near = |a: Rect, b: Rect| (a.x - b.x).abs() + (a.y - b.y).abs() + (a.w - b.w).abs() < 1e-6;
        assert!(near(from.towards(&to, 0.0).view(), from.view()));
        assert!(near(from.towards(&to, 1.0).view(), to.view()));
    }
}
