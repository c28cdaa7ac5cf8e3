/* Reads the datagrams of a whole audience, so that the load costs little.
 *
 *   datagram_sink STEP LEAST SOCKET...
 *
 * SOCKET: numbers of UDP sockets that were inherited. An order on standard input, "BEGIN END UNTIL"
 * in ns of the monotonic clock, is answered "ordered", and has datagrams of at least LEAST bytes
 * counted that come from BEGIN to END. At UNTIL follows every datagram that each STEPth socket got
 * since the last report, as "LISTENER ARRIVAL HEX", and then "counted DATAGRAMS BYTES". Ends with
 * standard input. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 16
#define MOST_BYTES 2048
#define ORDER (~0u)

struct kept {
    long long arrival;
    unsigned listener, size;
};

static unsigned char *kept;
static size_t kept_size, kept_room;
static long long begin, end, until, counted, counted_bytes;
static unsigned step, least;

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void keep(unsigned listener, long long arrival, const unsigned char *bytes, unsigned size) {
    struct kept head = {arrival, listener, size};
    if (kept_room - kept_size < sizeof head + size) {
        kept_room = kept_room * 2 + (1 << 20);
        kept = realloc(kept, kept_room);
        if (!kept)
            exit(1);
    }
    memcpy(kept + kept_size, &head, sizeof head);
    memcpy(kept + kept_size + sizeof head, bytes, size);
    kept_size += sizeof head + size;
}

static void receive(int from, unsigned listener) {
    static unsigned char bytes[AT_ONCE][MOST_BYTES];
    static struct iovec parts[AT_ONCE];
    static struct mmsghdr messages[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) {
        parts[i] = (struct iovec){bytes[i], MOST_BYTES};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int count = recvmmsg(from, messages, AT_ONCE, MSG_DONTWAIT, NULL);
    long long now = now_ns();
    for (int i = 0; i < count; i++) {
        unsigned size = messages[i].msg_len;
        if (size >= least && begin <= now && now < end) {
            counted++;
            counted_bytes += size;
        }
        if (listener % step == 0)
            keep(listener, now, bytes[i], size);
    }
}

static void report(void) {
    for (size_t at = 0; at < kept_size;) {
        struct kept head;
        memcpy(&head, kept + at, sizeof head);
        printf("%u %lld ", head.listener, head.arrival);
        for (unsigned i = 0; i < head.size; i++)
            printf("%02x", kept[at + sizeof head + i]);
        putchar('\n');
        at += sizeof head + head.size;
    }
    printf("counted %lld %lld\n", counted, counted_bytes);
    fflush(stdout);
    kept_size = 0;
    begin = end = until = counted = counted_bytes = 0;
}

static int read_order(void) {
    char line[128];
    ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);
    if (size <= 0)
        return 0;
    line[size] = 0;
    counted = counted_bytes = 0;
    puts("ordered");
    fflush(stdout);
    return sscanf(line, "%lld %lld %lld", &begin, &end, &until) == 3;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    step = atoi(argv[1]);
    least = atoi(argv[2]);
    int all = epoll_create1(0);
    struct epoll_event order = {EPOLLIN, {.u64 = ORDER}};
    epoll_ctl(all, EPOLL_CTL_ADD, STDIN_FILENO, &order);
    for (int i = 3; i < argc; i++) {
        struct epoll_event event = {EPOLLIN, {.u64 = (unsigned long long)i}};
        if (epoll_ctl(all, EPOLL_CTL_ADD, atoi(argv[i]), &event))
            return 1;
    }
    for (;;) {
        struct epoll_event ready[256];
        int count = epoll_wait(all, ready, 256, until ? 10 : -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.u64 == ORDER) {
                if (!read_order())
                    return 0;
            } else {
                receive(atoi(argv[ready[i].data.u64]), ready[i].data.u64 - 3);
            }
        }
        if (until && now_ns() >= until)
            report();
    }
}
