docker run --name test-data -it alpine:latest sh
echo "이것은 중요한 데이터 입니다" > /tmp/important.txt
echo "2025-10-15 애플리케이션 로그 시작" > /var/log/app.log
exit
docker start -i test-data
more /tmp/important.txt
grep 로그 /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
test -e /tmp/important.txt || echo 없음
[ -e /var/log/app.log ] || echo 없음
exit
