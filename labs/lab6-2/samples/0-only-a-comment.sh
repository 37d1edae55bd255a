# docker diff cow-test
