/*
 * Included before everything when an add-on is compiled for the car on a newer system: it links to the old versions of what
 * glibc 2.34 moved from libpthread into libc, which both systems have. On aarch64 the first version is 2.17.
 */
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
__asm__(".symver pthread_detach, pthread_detach@GLIBC_2.17");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.17");
