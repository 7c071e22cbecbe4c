export * from '../protocol/camera-geometry.ts';
