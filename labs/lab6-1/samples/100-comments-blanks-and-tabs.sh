
# 실습 6-1   2025년 가을

	docker run --name test-data -it alpine:latest sh   # 셸로 들어간다

	echo "중요한 데이터"	> /tmp/important.txt

# 로그도 하나
	echo "애플리케이션 로그"	> /var/log/app.log   # 한글 로그
exit


docker start -i test-data
# 아직 있을까?
cat /tmp/important.txt   # 있다!

cat /var/log/app.log
exit

docker rm test-data   # 여기서 사라진다

docker run --name test-data-new -it alpine:latest sh

ls /tmp   # 없다
ls /var/log   # 없다

exit

